import { describe, expect, it } from 'vitest';
import { completionOf, textOf } from '../../src/blobs/s3-xml.ts';

describe('an answer of S3', () => {
  it('gives the text of an element, with or without a namespace, and null for one that is not there', () => {
    const xml =
      '<?xml version="1.0"?>\n<r:Result xmlns:r="http://s3"><r:UploadId a="b">\n abc </r:UploadId><Key/></r:Result>';
    expect(textOf(xml, 'UploadId')).toBe('abc');
    expect(textOf(xml, 'Upload')).toBeNull();
    expect(textOf(xml, 'Code')).toBeNull();
    expect(textOf('<Error><Code></Code></Error>', 'Code')).toBe('');
  });

  it('has its references replaced, each once', () => {
    const text = (inner: string) => textOf(`<Message>${inner}</Message>`, 'Message');
    expect(text('a &lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;')).toBe('a <b> & "c" \'d\'');
    expect(text('&#34;x&#x22; &#x1F42D; &amp;lt;')).toBe('"x" 🐭 &lt;');
    expect(text('&unknown; &#x110000; & &;')).toBe('&unknown; &#x110000; & &;');
  });
});

it('the end of a multipart upload names each part and its ETag as it was told', () => {
  const parts = [
    { etag: '"a1"', sizeBytes: 1 },
    { etag: 'b<&', sizeBytes: 1 },
  ];
  expect(completionOf(parts)).toBe(
    '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
      '<Part><PartNumber>1</PartNumber><ETag>&#34;a1&#34;</ETag></Part>' +
      '<Part><PartNumber>2</PartNumber><ETag>b&#60;&#38;</ETag></Part></CompleteMultipartUpload>',
  );
});
