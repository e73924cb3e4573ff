package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.AccessLines;
import io.github.afterimage.serve.protocol.RequestId;
import org.eclipse.jetty.server.CustomRequestLog;

/**
 * Logs each request in one line: address of the client, method, path, status, bytes, milliseconds and id. Bodies and
 * query strings do not appear.
 */
public final class AccessLog {
    private static final String FORMAT = "%{client}a %m %U %s %O %{ms}T %{" + RequestId.HEADER + "}o";

    private AccessLog() {}

    /** Makes the log. */
    public static CustomRequestLog create() {
        return new CustomRequestLog(AccessLines::log, FORMAT);
    }
}
