package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.AccessLog;
import io.github.afterimage.serve.protocol.TraceContext;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Returns an id with each response, which the access log has too: that of the client, or a new one. Returns the trace that the client
 * names, too.
 */
public final class RequestIds extends Handler.Wrapper {
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
        String id = AccessLog.id(request.getHeaders().get(AccessLog.ID));
        response.getHeaders().put(AccessLog.ID, id);
        request.setAttribute(AccessLog.ID, id);
        String trace = TraceContext.response(request.getHeaders().getValuesList(TraceContext.PARENT));
        if (trace != null) {
            response.getHeaders().put(TraceContext.RESPONSE, trace);
        }
    }

    /** Returns the id of a request. */
    static String of(Request request) {
        return String.valueOf(request.getAttribute(AccessLog.ID));
    }
}
