package io.github.afterimage.serve.http;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.handler.DoSHandler;

/** Limits the requests per second of each client's address. */
public final class RateLimit {
    /** An address is forgotten after its last second, so more clients than these are active at once. */
    private static final int MAX_ADDRESSES = 10_000;

    private static final String HEALTH = "/v2/health/*";

    private RateLimit() {}

    /**
     * Limits the requests to a handler; others get status 429. Health checks always pass.
     *
     * @param maxRate requests per second of an address, and as many at once
     */
    public static Handler of(Handler handler, int maxRate) {
        Request.Handler refusal = (request, response, callback) -> {
            Reply.problem(
                            HttpStatus.TOO_MANY_REQUESTS_429,
                            "more than " + maxRate + " requests a second come from this address: send it again later")
                    .send(request, response, callback);
            return true;
        };
        DoSHandler limit = new DoSHandler(
                handler,
                DoSHandler.ID_FROM_REMOTE_ADDRESS,
                new DoSHandler.LeakingBucketTrackerFactory(maxRate),
                refusal,
                MAX_ADDRESSES);
        limit.excludePath(HEALTH);
        return limit;
    }
}
