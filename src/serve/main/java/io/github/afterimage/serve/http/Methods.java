package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.RequestException;
import java.util.List;
import org.eclipse.jetty.server.Request;

/** The methods of paths. HEAD is answered as GET is, and Jetty leaves the body out. */
final class Methods {
    static final List<String> GET = List.of("GET", "HEAD");
    static final List<String> POST = List.of("POST");
    static final List<String> POST_PUT = List.of("POST", "PUT");
    static final List<String> GET_POST_DELETE = List.of("GET", "HEAD", "POST", "DELETE");

    private Methods() {}

    /** Signals that a path does not have the method of a request. */
    static final class NotAllowedException extends RequestException {
        private static final long serialVersionUID = 1;

        private final String allowed;
        private final boolean asked;

        NotAllowedException(Request request, List<String> allowed) {
            super(
                    METHOD_NOT_ALLOWED,
                    "method " + request.getMethod() + " on " + Request.getPathInContext(request) + ": expected "
                            + String.join(" or ", allowed));
            this.allowed = String.join(", ", allowed);
            asked = request.getMethod().equals("OPTIONS");
        }

        /** Returns whether the request asks which methods there are. */
        boolean isAsked() {
            return asked;
        }

        /** Returns the value of the header Allow. */
        String allowed() {
            return allowed;
        }
    }

    /** Returns the method that answers a request. */
    static String answering(Request request) {
        return request.getMethod().equals("HEAD") ? "GET" : request.getMethod();
    }

    /** @throws NotAllowedException if the request has another method */
    static void require(Request request, List<String> allowed) {
        if (!allowed.contains(request.getMethod())) {
            throw new NotAllowedException(request, allowed);
        }
    }
}
