package io.github.afterimage.serve.http;

import io.github.afterimage.serve.work.HeapBudget;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * Receives the body of one request, without a thread that waits.
 *
 * <p>A body that is not wanted is read all the same, and dropped: Jetty closes the connection of a body that nobody has read, and
 * a client that still sends it then loses the reply, or sends its next request into the closed connection.
 */
final class RequestBody implements Runnable, Invocable {
    /** The most bytes that are dropped before the answer is sent. */
    private static final int MAX_DROPPED = 16 << 20;

    /** Ends before the time of a shutdown. */
    private static final long LINGER_NANOS = 20_000_000_000L;

    /** The attribute of a request whose body did not arrive. */
    private static final String FAILED = RequestBody.class.getName() + ".failed";

    private final Request request;
    private final int maxKept;
    private final HeapBudget.@Nullable Share share;
    private final List<byte[]> kept = new ArrayList<>();
    private final CompletableFuture<Optional<byte[]>> received = new CompletableFuture<>();
    private OptionalLong end = OptionalLong.empty();
    private long length;

    private RequestBody(Request request, int maxKept, HeapBudget.@Nullable Share share) {
        this.request = request;
        this.maxKept = maxKept;
        this.share = share;
    }

    /**
     * Returns the body, or nothing if it is longer than {@code maxBytes}; fails if it does not arrive.
     *
     * @param share holds the bytes that have arrived, twice while they are joined
     */
    static CompletableFuture<Optional<byte[]>> receive(Request request, int maxBytes, HeapBudget.Share share) {
        RequestBody body = new RequestBody(request, maxBytes, share);
        body.run();
        return body.received;
    }

    /**
     * Drops the rest of the body, and then does the work; tells it whether more than {@link #MAX_DROPPED} is left. A body that did not
     * arrive in time, or that the client sends only when the server asks for it, is left alone.
     */
    static void drop(Request request, Consumer<Boolean> work) {
        if (request.getAttribute(FAILED) != null || request.getHeaders().contains(HttpHeader.EXPECT)) {
            work.accept(false);
        } else if (request.getLength() > MAX_DROPPED) {
            work.accept(true);
        } else {
            RequestBody rest = new RequestBody(request, 0, null);
            rest.run(() -> work.accept(rest.length > MAX_DROPPED));
        }
    }

    /** Drops for some seconds what a client sends that may not have seen its answer yet, and then does the work (RFC 9112, 9.6). */
    static void linger(Request request, Runnable work) {
        RequestBody rest = new RequestBody(request, 0, null);
        rest.end = OptionalLong.of(NanoTime.now() + LINGER_NANOS);
        rest.run(work);
    }

    private void run(Runnable work) {
        run();
        CompletableFuture<Void> unused = received.handle((body, failure) -> {
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
            boolean last = chunk.isLast()
                    || (end.isPresent()
                            ? NanoTime.isBefore(end.getAsLong(), NanoTime.now())
                            : length - maxKept > MAX_DROPPED);
            chunk.release();
            CompletableFuture<Void> room =
                    share == null || kept.isEmpty() ? CompletableFuture.completedFuture(null) : share.hold(2 * length);
            if (!last && room.isDone() && !room.isCompletedExceptionally()) {
                continue;
            }
            CompletableFuture<Void> unused = room.handle((held, refused) -> {
                if (refused != null) {
                    received.completeExceptionally(refused);
                } else if (last) {
                    received.complete(length > maxKept ? Optional.empty() : Optional.of(joined()));
                } else {
                    run();
                }
                return null;
            });
            return;
        }
    }

    private void take(ByteBuffer bytes) {
        length += bytes.remaining();
        if (length > maxKept) {
            kept.clear();
            return;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        kept.add(copy);
    }

    private byte[] joined() {
        byte[] body = new byte[(int) length];
        int end = 0;
        for (byte[] part : kept) {
            System.arraycopy(part, 0, body, end, part.length);
            end += part.length;
        }
        kept.clear();
        return body;
    }
}
