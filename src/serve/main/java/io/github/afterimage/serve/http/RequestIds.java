package io.github.afterimage.serve.http;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Returns an id with each response, which the access log has too: that of the client, or a new one. */
public final class RequestIds extends Handler.Wrapper {
    static final String HEADER = "X-Request-Id";
    /** Holds a UUID and the ids of common proxies, and nothing that a log or another program might read as its own. */
    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

    /** Gives the requests of a handler their ids. */
    public RequestIds(Handler handler) {
        super(handler);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        assign(request, response);
        return super.handle(request, response, callback);
    }

    static void assign(Request request, Response response) {
        String given = request.getHeaders().get(HEADER);
        String id = given != null && SANE.matcher(given).matches()
                ? given
                : HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        response.getHeaders().put(HEADER, id);
    }
}
