#!/bin/sh
# The road of a lab platform with sh and curl alone: look into a dataset, send files ahead, train, follow, infer, download, end, handle errors.
#   SLEAP_URL=http://127.0.0.1:5000 SLEAP_API_KEY=… sh curl.sh DATASET.7z VIDEO.mp4 training_config.json
set -eu
url=${SLEAP_URL:-http://127.0.0.1:5000}
dataset=$1 video=$2 config=$3

# Every request brings the key. A connection that is refused, a timeout or a 503 is tried again: with an Idempotency-Key that is safe for POST, too.
api() { curl --silent --show-error --retry 3 --retry-connrefused --header "Authorization: Bearer ${SLEAP_API_KEY:-}" "$@"; }
# The first value of a member of JSON that is a text, a number or null. With jq: jq -r .NAME
member() { grep -oE "\"$1\": ?(\"[^\"]*\"|[^],}]*)" | head -n 1 | sed 's/^[^:]*: *"\{0,1\}//; s/"$//'; }

# 1. Send the dataset ahead as a bare body. Its blob_id then stands for it, as often as needed.
blob=$(api --fail-with-body -H 'Content-Type: application/octet-stream' -T "$dataset" -X POST \
  -H "Content-Disposition: attachment; filename=\"$(basename "$dataset")\"" "$url/api/uploads" | member blob_id)

# 2. What a training would see of it. Here a faulty dataset is refused, with a sentence that says why.
check=$(api --fail-with-body -H 'Content-Type: application/json' -H 'Prefer: wait=60' \
  -d "{\"dataset_blob\": \"$blob\"}" "$url/api/datasets/check")
echo "format $(echo "$check" | member format), $(echo "$check" | member labelled_frames) labelled frames"

# 3. Train. The same key with the same body is the same training, however often it is sent.
train() {
  api --fail-with-body -H 'Content-Type: application/json' -H "Idempotency-Key: $1" \
    -d "{\"dataset_blob\": \"$blob\", \"training_config\": $(cat "$config")}" "$url/api/train-network"
}
key="curl-$(date +%s)-$$"
submitted=$(train "$key")
model=$(echo "$submitted" | member model_uid)
task=$(echo "$submitted" | member task_id)
[ "$(train "$key" | member model_uid)" = "$model" ] # sent twice, trained once

# 4. Follow it: one line an event, until the task has ended and the stream with it.
api --no-buffer "$url/api/tasks/$task/events?events=phase,epoch" | grep --line-buffered '^data:'

# 5. Where it stands now, and why it failed if it did.
state=$(api "$url/api/tasks/$task" | member state)
[ "$state" = succeeded ] || { api -H 'Accept: text/plain' "$url/api/tasks/$task/log"; exit 1; }

# 6. Run the model on a video, with the file in the form. Prefer: wait holds the answer until the inference has ended.
results=$(api --fail-with-body -H "Idempotency-Key: $key" -H 'Prefer: wait=60' \
  -F "model_uid=$model" -F "video=@$video" "$url/api/video-inference" | member results_id)

# 7. Download what was found. A broken download goes on where it broke with --continue-at -
api --fail-with-body --output keypoints.csv "$url/api/inferences/$results/predictions.csv"
echo "inference $results: $(wc -l < keypoints.csv) lines in keypoints.csv"

# 8. End a training: stop keeps the best weights, cancel discards.
other=$(train "$key-2")
api -X POST "$url/api/tasks/$(echo "$other" | member task_id)/cancel" > /dev/null
code=$(api -o answer.json -w '%{http_code}' -H 'Content-Type: application/json' \
  -d "{\"model_uid\": \"$model\"}" "$url/api/stop-training")

# 9. An error is application/problem+json: a word for programs, a sentence for people, often a remedy.
echo "$code $(member error < answer.json): $(member detail < answer.json)"
