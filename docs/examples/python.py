"""The road of a lab platform in Python 3.9+ with httpx (pip install httpx): look into a dataset, send files ahead, train, follow, infer, download,
end, handle errors.
    SLEAP_URL=http://127.0.0.1:5000 SLEAP_API_KEY=... python python.py DATASET.7z VIDEO.mp4 training_config.json
"""
import base64
import json
import os
import sys
import time
import uuid

import httpx

dataset_path, video_path, config_path = sys.argv[1:4]
with open(config_path) as file:
    config = json.load(file)
key = os.environ.get("SLEAP_API_KEY")
api = httpx.Client(
    base_url=os.environ.get("SLEAP_URL", "http://127.0.0.1:5000"),
    headers={"Authorization": f"Bearer {key}"} if key else {},
    timeout=120,  # submissions with Prefer: wait are held
)


class SleapError(Exception):
    """An answer that is no success: a word for programs, a sentence for people, often a remedy."""

    def __init__(self, response):
        response.read()
        problem = response.json() if response.content else {"detail": response.reason_phrase, "remedy": None, "error": "none"}
        super().__init__(" ".join(filter(None, [problem["detail"], problem["remedy"]])))
        self.status, self.code = response.status_code, problem["error"]


def call(method, path, tries=4, **request):
    """The JSON of an answer. A broken line or a 503 is tried again: with an Idempotency-Key that is safe for POST, too."""
    for attempt in range(tries):
        try:
            response = api.request(method, path, **request)
            if response.status_code != 503 or attempt == tries - 1:
                break
        except httpx.TransportError:
            if attempt == tries - 1:
                raise
        time.sleep(2**attempt / 4)
    if response.is_error:
        raise SleapError(response)
    return response.json()


def upload(path, piece_bytes=64 * 2**20):
    """Sends a file ahead in pieces (tus 1.0) and goes on where it was when the line breaks. Its blob_id then stands for the file."""
    tus, size = {"Tus-Resumable": "1.0.0"}, os.path.getsize(path)
    name = base64.b64encode(os.path.basename(path).encode()).decode()
    began = api.post("/api/uploads", headers={**tus, "Upload-Length": str(size), "Upload-Metadata": f"filename {name}"})
    if began.is_error:
        raise SleapError(began)
    address, offset = began.headers["Location"], 0
    with open(path, "rb") as file:
        while offset is None or offset < size:
            try:
                if offset is None:
                    answer = api.head(address, headers=tus)  # how much has arrived?
                else:
                    file.seek(offset)
                    headers = {**tus, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                    answer = api.patch(address, headers=headers, content=file.read(piece_bytes))
            except httpx.TransportError:
                offset = None
                time.sleep(1)
                continue
            if answer.is_error:
                raise SleapError(answer)
            offset = int(answer.headers["Upload-Offset"])
    return call("GET", address)["blob_id"]


def follow(task, events):
    """Events of a task to its end; after a broken line those that came meanwhile."""
    last = ""
    while True:
        try:
            headers = {"Last-Event-ID": last} if last else {}
            with api.stream("GET", f"/api/tasks/{task}/events", params={"events": events}, headers=headers) as stream:
                if stream.is_error:
                    raise SleapError(stream)
                name = ""
                for line in stream.iter_lines():
                    field, _, value = line.partition(": ")
                    if field == "event":
                        name = value
                    elif field == "id":
                        last = value
                    elif field == "data":
                        yield name, json.loads(value)
                        if name == "done":
                            return
        except httpx.TransportError:
            time.sleep(1)


# 1. Send the dataset ahead, and 2. see what a training would see of it. Here a faulty one is refused, with a sentence that says why.
blob = upload(dataset_path)
check = call("POST", "/api/datasets/check", json={"dataset_blob": blob}, headers={"Prefer": "wait=60"})
print(f"format {check['report']['format']}, {check['report']['labelled_frames']} labelled frames")

# 3. Train. The same key with the same body is the same training, however often it is sent.
training = {"json": {"dataset_blob": blob, "training_config": config}, "headers": {"Idempotency-Key": str(uuid.uuid4())}}
submitted = call("POST", "/api/train-network", **training)
model, task = submitted["model_uid"], submitted["task_id"]
assert call("POST", "/api/train-network", **training)["model_uid"] == model  # sent twice, trained once

# 4. Follow it. The last event says how it ended.
for event, data in follow(task, "phase,epoch"):
    print(event, data.get("phase") or data.get("val_loss") or data.get("state"))
if data["state"] != "succeeded":
    sys.exit(f"The training {data['state']}: {data['error']}")

# 5. Run the model on a video, with the file in the form. Prefer: wait holds the answer until the inference has ended.
with open(video_path, "rb") as video:
    inference = call(
        *("POST", "/api/video-inference"),
        tries=1,  # a file object is read once; uploads are what can be gone on with
        data={"model_uid": model},
        files={"video": video},
        headers={"Prefer": "wait=60", "Idempotency-Key": str(uuid.uuid4())},
    )
assert inference["state"] == "succeeded", inference["error"]

# 6. Download what was found, without holding it in memory.
with api.stream("GET", f"/api/inferences/{inference['results_id']}/predictions.csv") as download:
    if download.is_error:
        raise SleapError(download)
    with open("keypoints.csv", "wb") as file:
        for piece in download.iter_bytes():
            file.write(piece)

# 7. End a training: stop keeps the best weights, cancel discards.
other = call("POST", "/api/train-network", json=training["json"])
call("POST", f"/api/tasks/{other['task_id']}/cancel")

# 8. Errors have words that programs can go by.
try:
    call("POST", "/api/stop-training", json={"model_uid": model})
except SleapError as error:
    if error.code != "not_training":
        raise
    print(f"{error.status} {error.code}: {error}")
