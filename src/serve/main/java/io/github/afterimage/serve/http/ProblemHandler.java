package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.RequestException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Answers requests that no handler takes, or that are not HTTP, with a problem and without a stack trace. */
public final class ProblemHandler implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        RequestIds.assign(request, response);
        int status = response.getStatus();
        if (!isSecond(request)
                && status != HttpStatus.NOT_FOUND_404
                && status != HttpStatus.INTERNAL_SERVER_ERROR_500) {
            // Jetty closes the connection of a request that it could not read, and does not always say so.
            response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);
        }
        Reply.problem(new RequestException(status, detail(request, status))).send(request, response, callback);
        return true;
    }

    /** Connections of HTTP/2 stay open. */
    static boolean isSecond(Request request) {
        return request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2;
    }

    private static String detail(Request request, int status) {
        return switch (status) {
            case HttpStatus.NOT_FOUND_404 ->
                "path " + Request.getPathInContext(request) + ": expected a path under /v2";
            case HttpStatus.URI_TOO_LONG_414, HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 ->
                "the line and the headers of the request take too many bytes: expected at most "
                        + request.getConnectionMetaData().getHttpConfiguration().getRequestHeaderSize();
            case HttpStatus.SERVICE_UNAVAILABLE_503 -> "the server is closing: send the request to another";
            case HttpStatus.INTERNAL_SERVER_ERROR_500 -> "the server failed, and its log says why";
            default -> "the server does not take this request: " + reason(request, status);
        };
    }

    private static String reason(Request request, int status) {
        Object reason = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
        return reason == null ? HttpStatus.getMessage(status) : reason.toString();
    }
}
