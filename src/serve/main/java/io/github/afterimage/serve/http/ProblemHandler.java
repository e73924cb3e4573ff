package io.github.afterimage.serve.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers requests that no handler takes, or that are not HTTP, with a problem and without a stack trace. */
public final class ProblemHandler implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        String detail = status == HttpStatus.NOT_FOUND_404
                ? "path " + Request.getPathInContext(request) + ": expected a path under /v2"
                : HttpStatus.getMessage(status);
        Reply reply = Reply.problem(status, detail);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.type());
        response.write(true, ByteBuffer.wrap(reply.body()), callback);
        return true;
    }
}
