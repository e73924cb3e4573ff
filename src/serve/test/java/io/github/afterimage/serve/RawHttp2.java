package io.github.afterimage.serve;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client of HTTP/2 in clear that sends frames as it likes, and reads as it likes. One thread may send while another reads. */
final class RawHttp2 implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RESET = 3;
    static final int GOAWAY = 7;

    private static final int SETTINGS = 4;
    private static final int WINDOW = 8;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int MAX_FRAME = 16 << 10;
    private static final int CANCEL = 8;
    /** Of HPACK's static table: GET and POST; the scheme http; the names :path and :authority, whose values follow. */
    private static final int GET = 0x82;

    private static final int POST = 0x83;
    private static final int HTTP = 0x86;
    private static final int PATH = 4;
    private static final int AUTHORITY = 1;

    /** A frame of the server. */
    record Frame(int type, int flags, int stream, byte[] payload) {
        boolean ends() {
            return type == RESET || (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
        }

        /** Returns the status in HEADERS of a connection without a dynamic table. */
        int status() {
            ByteBuffer block = ByteBuffer.wrap(payload);
            int first = block.get() & 0xff;
            while ((first & 0xe0) == 0x20) { // the size of the table
                first = block.get() & 0xff;
            }
            if (first >= 0x80) {
                return new int[] {200, 204, 206, 304, 400, 404, 500}[(first & 0x7f) - 8];
            }
            int length = block.get() & 0xff;
            byte[] text = new byte[length & 0x7f];
            block.get(text);
            return length < 0x80
                    ? Integer.parseInt(new String(text, StandardCharsets.US_ASCII))
                    : unpacked(ByteBuffer.allocate(8).put(text).getLong(0));
        }

        /** Reads three digits in the code of Huffman: 5 bits for 0 to 2, 6 bits for others, from 25 on for 3. */
        private static int unpacked(long bits) {
            int number = 0;
            for (int digit = 0; digit < 3; digit++) {
                int five = (int) (bits >>> 59);
                number = 10 * number + (five < 3 ? five : (int) (bits >>> 58) - 22);
                bits <<= five < 3 ? 5 : 6;
            }
            return number;
        }
    }

    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket;
    private final DataInputStream in;
    private int next = 1;

    /** @param window bytes of each answer that the server may send before {@link #grant} */
    RawHttp2(int port, int window) throws IOException {
        socket = new Socket("localhost", port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        ByteBuffer settings = ByteBuffer.allocate(12);
        settings.putShort((short) 1).putInt(0); // no dynamic table of headers
        settings.putShort((short) 4).putInt(window);
        ByteArrayOutputStream begin = new ByteArrayOutputStream();
        begin.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        begin.writeBytes(frame(SETTINGS, 0, 0, settings.array()));
        begin.writeBytes(frame(WINDOW, 0, 0, number(1 << 30)));
        send(begin.toByteArray());
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    private synchronized void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** Begins a request, and returns its stream. */
    synchronized int get(String path) throws IOException {
        int stream = stream();
        send(headers(GET, path, new byte[0], END_HEADERS | END_STREAM, stream));
        return stream;
    }

    /** Sends a request with a body that fits the server's first window, and returns its stream. */
    int post(String path, byte[] body) throws IOException {
        return send(path, new byte[0], body);
    }

    /** Begins a request whose body of this length comes later, and returns its stream. */
    synchronized int begin(String path, String length) throws IOException {
        int stream = stream();
        byte[] name = {0x0f, 0x0d, (byte) length.length()}; // content-length, and its value behind
        byte[] more = Arrays.copyOf(name, name.length + length.length());
        System.arraycopy(length.getBytes(StandardCharsets.US_ASCII), 0, more, name.length, length.length());
        send(headers(POST, path, more, END_HEADERS, stream));
        return stream;
    }

    /** Sends a message of gRPC behind its five bytes, and returns its stream. */
    int call(String method, byte[] message) throws IOException {
        ByteArrayOutputStream more = new ByteArrayOutputStream();
        for (String text : new String[] {"content-type", "application/grpc", "te", "trailers"}) {
            if (more.size() == 0 || text.equals("te")) {
                more.write(0); // a literal with a new name
            }
            more.write(text.length());
            more.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        }
        return send(method, more.toByteArray(), message);
    }

    private synchronized int send(String path, byte[] more, byte[] body) throws IOException {
        int stream = stream();
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.writeBytes(headers(POST, path, more, END_HEADERS, stream));
        for (int from = 0; from < body.length; from += MAX_FRAME) {
            int to = Math.min(body.length, from + MAX_FRAME);
            int flags = to == body.length ? END_STREAM : 0;
            frames.writeBytes(frame(DATA, flags, stream, Arrays.copyOfRange(body, from, to)));
        }
        send(frames.toByteArray());
        return stream;
    }

    private int stream() {
        int stream = next;
        next += 2;
        return stream;
    }

    private static byte[] headers(int method, String path, byte[] more, int flags, int stream) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(method);
        block.write(HTTP);
        block.write(PATH);
        block.write(path.length());
        block.writeBytes(path.getBytes(StandardCharsets.US_ASCII));
        block.write(AUTHORITY);
        block.write("localhost".length());
        block.writeBytes("localhost".getBytes(StandardCharsets.US_ASCII));
        block.writeBytes(more);
        return frame(HEADERS, flags, stream, block.toByteArray());
    }

    /** Lets the server send more bytes of an answer. */
    void grant(int stream, int bytes) throws IOException {
        send(frame(WINDOW, 0, stream, number(bytes)));
    }

    /** Cancels a request. */
    void reset(int stream) throws IOException {
        send(frame(RESET, 0, stream, number(CANCEL)));
    }

    /** Reads the next frame that is not about windows or settings; null at the end of the connection. */
    @Nullable
    Frame read() throws IOException {
        try {
            while (true) {
                int head = in.readInt();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                Frame frame = new Frame(head & 0xff, flags, stream, in.readNBytes(head >>> 8));
                if (frame.type == SETTINGS && flags == 0) {
                    send(frame(SETTINGS, 1, 0, new byte[0]));
                } else if (frame.type <= RESET || frame.type == GOAWAY) {
                    return frame;
                }
            }
        } catch (EOFException | SocketException e) {
            return null;
        }
    }

    /** Reads until a frame of this type; null if none comes. */
    @Nullable
    Frame read(int type) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS);
        for (Frame frame = read(); frame != null && System.nanoTime() < end; frame = read()) {
            if (frame.type == type) {
                return frame;
            }
        }
        return null;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
