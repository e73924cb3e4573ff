package io.github.afterimage.serve.http;

import io.github.afterimage.serve.work.ResponseTimeouts;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;

/**
 * Ends requests that arrive too slowly, and answers that are read too slowly. Jetty's idle timeout begins again with each byte; here, the
 * headers have a fixed time, and a body gains time with its bytes.
 */
public final class RequestTimeouts extends Handler.Wrapper implements Connection.Listener {
    private static final long SECOND = 1_000_000_000;

    private final long idleNanos;
    private final int minRate;
    private final ResponseTimeouts responseTimeouts;
    private final Map<Connection, PendingRequest> requests = new ConcurrentHashMap<>();
    private @Nullable CyclicTimeouts<PendingRequest> timeouts;

    /**
     * Limits the time in which requests arrive. Add this object to the listeners of connections.
     *
     * @param idle time from the opening of a connection, or from an answer, to the end of the headers of the next request
     * @param minRate bytes per second of a body, beside the time {@code idle}
     * @param responseTimeouts watches the answers
     */
    public RequestTimeouts(Handler handler, Duration idle, int minRate, ResponseTimeouts responseTimeouts) {
        super(handler);
        idleNanos = idle.toNanos();
        this.minRate = minRate;
        this.responseTimeouts = responseTimeouts;
    }

    @Override
    protected void doStart() throws Exception {
        timeouts = new CyclicTimeouts<>(getServer().getScheduler()) {
            @Override
            protected Iterator<PendingRequest> iterator() {
                return requests.values().iterator();
            }

            @Override
            protected boolean onExpired(PendingRequest pending) {
                pending.expire();
                return false; // the connection removes it
            }
        };
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        if (timeouts != null) {
            timeouts.destroy();
        }
    }

    @Override
    public void onOpened(Connection connection) {
        if (connection instanceof ConnectionMetaData http
                && http.getHttpVersion() != HttpVersion.HTTP_2) { // neither TLS nor HTTP/2, whose headers come whole
            PendingRequest pending = new PendingRequest(connection);
            requests.put(connection, pending);
            pending.allow(idleNanos);
        }
    }

    @Override
    public void onClosed(Connection connection) {
        requests.remove(connection);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        PendingRequest pending = requests.get(request.getConnectionMetaData().getConnection());
        if (pending != null) { // none for HTTP/2, whose headers come whole
            pending.stop();
            Request.addCompletionListener(request, failure -> pending.allow(idleNanos));
        }
        Body body = new Body(request);
        return super.handle(body, new Answer(body, response), callback);
    }

    /** The request that arrives on a connection. */
    private final class PendingRequest implements CyclicTimeouts.Expirable {
        private final Connection connection;
        private final AtomicLong expiry = new AtomicLong();

        PendingRequest(Connection connection) {
            this.connection = connection;
        }

        @Override
        public long getExpireNanoTime() {
            return expiry.get();
        }

        void allow(long nanos) {
            expiry.set(NanoTime.now() + nanos);
            if (timeouts != null) {
                timeouts.schedule(this);
            }
        }

        void stop() {
            expiry.set(Long.MAX_VALUE); // never
        }

        void expire() {
            long expired = expiry.get();
            if (NanoTime.isBefore(NanoTime.now(), expired) || !expiry.compareAndSet(expired, Long.MAX_VALUE)) {
                return; // a request has just begun
            }
            TimeoutException late = late();
            if (connection.onIdleExpired(late)) { // no request runs that could answer
                connection.getEndPoint().close(late);
            }
        }
    }

    /** The body of a request, which fails if it comes too slowly; one that does not come ends with the idle time. */
    private final class Body extends Request.Wrapper {
        private final long begin = NanoTime.now();
        private long bytes;

        Body(Request request) {
            super(request);
        }

        @Override
        public Content.@Nullable Chunk read() {
            Content.Chunk chunk = super.read();
            if (chunk == null || chunk.isLast()) {
                return chunk;
            }
            bytes += chunk.remaining();
            if (NanoTime.since(begin) <= idleNanos + bytes * SECOND / minRate) {
                return chunk;
            }
            chunk.release();
            return Content.Chunk.from(late());
        }
    }

    /** The answer to a request, which fails if the client reads a part of it too slowly. */
    private final class Answer extends Response.Wrapper {
        private long began;
        private long sent;

        Answer(Request request, Response response) {
            super(request, response);
        }

        @Override
        public void write(boolean last, ByteBuffer content, Callback callback) {
            began = began == 0 ? System.nanoTime() : began;
            int bytes = content == null ? 0 : content.remaining();
            ResponseTimeouts.PendingBytes pending = responseTimeouts.watch(began, sent, bytes, getRequest()::fail);
            super.write(last, content, new Callback.Nested(callback) {
                @Override
                public void succeeded() {
                    pending.end();
                    sent += bytes;
                    super.succeeded();
                }

                @Override
                public void failed(Throwable failure) {
                    pending.end();
                    super.failed(failure);
                }
            });
        }
    }

    private TimeoutException late() {
        return new TimeoutException("it came too slowly: expected at least " + minRate + " bytes a second");
    }
}
