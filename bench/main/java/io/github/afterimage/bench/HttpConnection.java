package io.github.afterimage.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A connection that sends requests for inference with binary tensors and waits for the answers. It does as little as a client
 * can, so that the times are those of the server.
 */
final class HttpConnection implements AutoCloseable {
    private static final String LENGTH = "content-length:";

    private final Socket socket;
    private final DataInputStream in;

    HttpConnection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    }

    /**
     * Makes a request for the output {@code memory} as bytes.
     *
     * @param rows {@code (batch, dim)} of little-endian floats
     */
    static byte[] request(String model, byte[] rows, int dim) {
        String json = String.format(
                Locale.ROOT,
                "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[%d,%d],\"parameters\":"
                        + "{\"binary_data_size\":%d}}],\"outputs\":[{\"name\":\"memory\",\"parameters\":"
                        + "{\"binary_data\":true}}]}",
                rows.length / Float.BYTES / dim,
                dim,
                rows.length);
        String head = "POST /v2/models/" + model + "/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + (json.length() + rows.length) + "\r\nInference-Header-Content-Length: " + json.length() + "\r\n\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes((head + json).getBytes(StandardCharsets.US_ASCII));
        request.writeBytes(rows);
        return request.toByteArray();
    }

    /** Sends a request and reads the answer. */
    void send(byte[] request) throws IOException {
        socket.getOutputStream().write(request);
        String status = line();
        int length = 0;
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (header.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
                length = Integer.parseInt(header.substring(LENGTH.length()).strip());
            }
        }
        byte[] body = in.readNBytes(length);
        if (!status.contains(" 200 ")) {
            throw new IOException(status + ": " + new String(body, StandardCharsets.UTF_8));
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
