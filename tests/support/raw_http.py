"""HTTP as the bytes on a connection, read as strictly as a client has to."""


class Broken(Exception):
    """The bytes are no complete response."""


class Reply(object):
    """One response.

    status: a number; headers: pairs of text, names in lower case; body: bytes.
    """

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def all(self, name):
        """The values of a header: a list."""
        return [value for known, value in self.headers if known == name]

    def get(self, name):
        """The value of a header, which must not be there twice; None if it is not."""
        values = self.all(name)
        assert len(values) < 2, (name, values)
        return values[0] if values else None


def request(path, method='GET', host='localhost', close=False, body=b'', version='1.1', **headers):
    """The bytes of a request; `host` None for none."""
    lines = ['%s %s HTTP/%s' % (method, path, version)]
    lines += ['Host: ' + host] if host is not None else []
    lines += ['Connection: close'] if close else []
    lines += ['Content-Length: %d' % len(body)] if body else []
    lines += ['%s: %s' % (name.replace('_', '-'), value) for name, value in headers.items()]
    return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1') + body


def split_reply(data, method='GET'):
    """The first response in `data`, as a Reply, and the bytes that come after it.

    Raises Broken if `data` does not start with a complete one.
    """
    head, end, rest = data.partition(b'\r\n\r\n')
    lines = head.decode('latin-1').split('\r\n')
    if not end or not lines[0].startswith('HTTP/1.'):
        raise Broken('no head: %r' % data[:60])
    headers = [(name.strip().lower(), value.strip())
               for name, _, value in (line.partition(':') for line in lines[1:])]
    reply = Reply(int(lines[0].split(' ')[1]), headers, b'')
    if method != 'HEAD' and reply.status not in (204, 304):
        if 'chunked' in reply.all('transfer-encoding'):
            reply.body, rest = _split_chunked(rest)
        elif reply.all('content-length'):
            size = int(reply.all('content-length')[-1])
            if len(rest) < size:
                raise Broken('%d bytes of %d' % (len(rest), size))
            reply.body, rest = rest[:size], rest[size:]
        else:
            reply.body, rest = rest, b''
    return reply, rest


def _split_chunked(data):
    body = b''
    while True:
        size, end, data = data.partition(b'\r\n')
        try:
            size = int(size.decode('ascii'), 16)
        except ValueError:
            raise Broken('no chunk: %r' % size[:60])
        body, tail, data = body + data[:size], data[size:size + 2], data[size + 2:]
        if tail != b'\r\n':
            raise Broken('a chunk is cut')
        if not size:
            return body, data
