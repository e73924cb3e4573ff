package io.github.afterimage.serve.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * Receives the body of one request, without a thread that waits.
 *
 * <p>A body that is not wanted is read all the same, and dropped: Jetty closes the connection of a body that nobody has read, and
 * a client that still sends it then loses the reply, or sends its next request into the closed connection.
 */
final class RequestBody implements Runnable, Invocable {
    /** The most bytes that are read only to be dropped. */
    private static final int MAX_DROPPED = 16 << 20;

    /** The attribute of a request whose body did not arrive. */
    private static final String FAILED = RequestBody.class.getName() + ".failed";

    private final Request request;
    private final int maxKept;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final CompletableFuture<Optional<byte[]>> received = new CompletableFuture<>();
    private long length;

    private RequestBody(Request request, int maxKept) {
        this.request = request;
        this.maxKept = maxKept;
    }

    /** Returns the body, or nothing if it is longer than {@code maxBytes}; fails if it does not arrive. */
    static CompletableFuture<Optional<byte[]>> receive(Request request, int maxBytes) {
        RequestBody body = new RequestBody(request, maxBytes);
        body.run();
        return body.received;
    }

    /**
     * Drops the rest of the body, and then does the work. A body that is far too long, that did not arrive in time, or that the
     * client sends only when the server asks for it, is left alone.
     */
    static void drop(Request request, Runnable work) {
        if (request.getLength() > MAX_DROPPED
                || request.getAttribute(FAILED) != null
                || request.getHeaders().contains(HttpHeader.EXPECT)) {
            work.run();
            return;
        }
        CompletableFuture<Void> unused = receive(request, 0).handle((body, failure) -> {
            work.run();
            return null;
        });
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public void run() {
        try {
            read();
        } catch (RuntimeException | Error e) {
            request.setAttribute(FAILED, true);
            received.completeExceptionally(e);
        }
    }

    private void read() {
        for (; ; ) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                request.setAttribute(FAILED, true);
                received.completeExceptionally(chunk.getFailure());
                return;
            }
            take(chunk.getByteBuffer());
            chunk.release();
            if (chunk.isLast() || length - maxKept > MAX_DROPPED) {
                received.complete(length > maxKept ? Optional.empty() : Optional.of(kept.toByteArray()));
                return;
            }
        }
    }

    private void take(ByteBuffer bytes) {
        length += bytes.remaining();
        if (length > maxKept) {
            kept.reset();
            return;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        kept.writeBytes(copy);
    }
}
