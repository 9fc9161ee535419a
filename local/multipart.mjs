// multipart/form-data (RFC 7578) of a body that is already in memory: fields by name, files with their bytes.

/** A form has no more parts than this. */
const PARTS_MAX = 64;

export class BadForm extends Error {}

/** `{fields: Map, files: Map}`; a file is `{name, type, bytes}`, a field that comes twice its values with a comma between. Throws BadForm. */
export function parseForm(body, content_type) {
  const boundary = /^multipart\/form-data\b.*;\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(content_type ?? '');
  if (!boundary) throw new BadForm('the request is not multipart/form-data with a boundary');
  const mark = Buffer.from(`--${boundary[1] ?? boundary[2]}`);
  const form = { fields: new Map(), files: new Map() };
  let at = body.indexOf(mark);
  if (at !== 0 && !(at >= 2 && body.subarray(at - 2, at).equals(Buffer.from('\r\n')))) throw new BadForm('the form has no first boundary');
  for (let parts = 0; ; parts += 1) {
    at += mark.length;
    if (body.subarray(at, at + 2).toString('latin1') === '--') return form;
    if (parts === PARTS_MAX) throw new BadForm(`the form has more than ${PARTS_MAX} parts`);
    const head_end = body.indexOf('\r\n\r\n', at, 'latin1');
    const next = head_end < 0 ? -1 : body.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), head_end + 2);
    if (head_end < 0 || next < 0) throw new BadForm('the form ends in the middle of a part');
    addPart(form, body.subarray(at + 2, head_end).toString('utf8'), body.subarray(head_end + 4, next));
    at = next + 2;
  }
}

function addPart(form, head, bytes) {
  const disposition = /^content-disposition:\s*form-data\b(.*)$/im.exec(head)?.[1];
  const name = /\bname="([^"]*)"/i.exec(disposition ?? '')?.[1] ?? /\bname=([^;\s]+)/i.exec(disposition ?? '')?.[1];
  if (name === undefined) throw new BadForm('a part has no name');
  const filename = /\bfilename\*?="?([^";\r\n]*)/i.exec(disposition)?.[1];
  const earlier = form.fields.get(name);
  if (filename === undefined) form.fields.set(name, earlier === undefined ? bytes.toString('utf8') : `${earlier},${bytes}`);
  else form.files.set(name, { name: filename, type: /^content-type:\s*(\S+)/im.exec(head)?.[1], bytes });
}
