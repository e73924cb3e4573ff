package io.github.afterimage.serve.http;

import java.io.EOFException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.Graceful;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Knows the requests that run, refuses others when a server closes that nobody was told of, and tells who has gone. Jetty tells the log of each end, which is why
 * this is one; but a stream that is reset as its request begins may end without a word, and is looked for.
 */
public final class ActiveRequests extends Handler.Wrapper implements Graceful, RequestLog {
    /** The status of requests whose clients have gone, as nginx has it. */
    static final int CLIENT_GONE = 499;

    private static final long LOOK_SECONDS = 1;

    private static final String RUN = ActiveRequests.class.getName();
    private static final String ENDED = RUN + ".ended";
    private static final String GONE = RUN + ".gone";

    private final Set<Run> runs = ConcurrentHashMap.newKeySet();
    private final BooleanSupplier leaving;
    private volatile @Nullable CompletableFuture<Void> closing;

    /**
     * Watches the requests of a handler; add this to the logs of the server.
     *
     * @param leaving whether answers end the connections of HTTP/1.1, so that later requests go to another server
     */
    public ActiveRequests(Handler handler, BooleanSupplier leaving) {
        super(handler);
        this.leaving = leaving;
    }

    /** A request that runs. */
    private final class Run {
        private final Connection connection;
        private final String id;
        private final ConcurrentLinkedQueue<Runnable> ends = new ConcurrentLinkedQueue<>();
        private volatile boolean ended;

        Run(Request request) {
            connection = request.getConnectionMetaData().getConnection();
            id = request.getId();
        }

        /** Returns true if the request has come by a stream of HTTP/2 that is no more. */
        boolean isOver() {
            return connection instanceof HTTP2Connection streams
                    && streams.getSession().getStream(Integer.parseInt(id)) == null;
        }

        void whenEnded(Runnable end) {
            ends.add(end);
            if (ended) {
                end();
            }
        }

        void end() {
            ended = true;
            for (Runnable end = ends.poll(); end != null; end = ends.poll()) {
                end.run();
            }
            runs.remove(this);
            endIfNoneRuns();
        }
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        look();
    }

    /** Ends those whose streams are no more, now and then; a failure of one must not end the watch over others. */
    private void look() {
        try {
            runs.stream().filter(Run::isOver).forEach(Run::end);
        } finally {
            Scheduler.Task unused = getServer().getScheduler().schedule(this::look, LOOK_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Run run = new Run(request);
        runs.add(run);
        request.setAttribute(RUN, run);
        if (request.getAttribute(ENDED) != null) {
            run.end();
        }
        boolean left = leaving.getAsBoolean();
        if (closing != null && !left) { // looked at when the request counts, as a server counts when it closes
            Response.writeError(request, response, callback, HttpStatus.SERVICE_UNAVAILABLE_503);
            return true;
        }
        if (left && !ProblemHandler.isSecond(request)) {
            response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
        }
        request.addFailureListener(failure -> seeFailure(request, failure));
        return super.handle(request, response, callback);
    }

    private static void seeFailure(Request request, @Nullable Object failure) {
        if (failure instanceof EOFException) {
            request.setAttribute(GONE, true);
        }
    }

    /** Returns the status of a reply, or another if nobody is there to read it. */
    static int status(Request request, int status) {
        seeFailure(request, request.getAttribute(ErrorHandler.ERROR_EXCEPTION));
        return request.getAttribute(GONE) == null ? status : CLIENT_GONE;
    }

    /**
     * Asks the client of HTTP/2 to send no more of a body that nobody reads, when its answer is sent. Jetty would say that it cancels the
     * stream, and clients and proxies then drop the answer (RFC 9113, 8.1).
     */
    static void leaveUnread(Request request) {
        if (request.getConnectionMetaData().getConnection() instanceof HTTP2Connection streams) {
            int id = Integer.parseInt(request.getId());
            Stream stream = streams.getSession().getStream(id);
            if (stream != null && !stream.isClosed()) {
                stream.reset(new ResetFrame(id, ErrorCode.NO_ERROR.code), Callback.NOOP);
            }
        }
    }

    /** Does work when a request has ended, in whatever way. */
    static void whenEnded(Request request, Runnable end) {
        if (request.getAttribute(RUN) instanceof Run run) {
            run.whenEnded(end);
        }
    }

    @Override
    public void log(Request request, Response response) {
        request.setAttribute(ENDED, true);
        if (request.getAttribute(RUN) instanceof Run run) {
            run.end();
        }
    }

    /** Returns the number of requests that run. */
    public int count() {
        return runs.size();
    }

    @Override
    public CompletableFuture<Void> shutdown() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        closing = done;
        endIfNoneRuns();
        return done;
    }

    private void endIfNoneRuns() {
        CompletableFuture<Void> done = closing;
        if (done != null && runs.isEmpty()) {
            done.complete(null);
        }
    }

    @Override
    public boolean isShutdown() {
        return closing != null;
    }
}
