package io.github.afterimage.serve.http;

import java.util.regex.Pattern;
import org.eclipse.jetty.server.CustomRequestLog;

/**
 * Logs each request in one line at level INFO: address of the client, method, path, status, bytes, milliseconds and id. Bodies and
 * query strings do not appear.
 */
public final class AccessLog {
    private static final String NAME = "io.github.afterimage.serve.access";
    private static final String FORMAT = "%{client}a %m %U %s %O %{ms}T %{" + RequestIds.HEADER + "}o";
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]");

    private AccessLog() {}

    /** Makes a log that writes to {@code System.Logger}. */
    public static CustomRequestLog create() {
        System.Logger logger = System.getLogger(NAME);
        return new CustomRequestLog(
                line -> logger.log(
                        System.Logger.Level.INFO, CONTROL.matcher(line).replaceAll("?")),
                FORMAT);
    }
}
