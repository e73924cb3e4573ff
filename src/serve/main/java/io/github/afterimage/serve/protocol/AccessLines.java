package io.github.afterimage.serve.protocol;

import java.util.regex.Pattern;

/** The lines of the access log, at level INFO of the logger {@code io.github.afterimage.serve.access}. */
public final class AccessLines {
    private static final System.Logger LOG = System.getLogger("io.github.afterimage.serve.access");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]");

    private AccessLines() {}

    /** Logs a line, with "?" for control characters. */
    public static void log(String line) {
        LOG.log(System.Logger.Level.INFO, CONTROL.matcher(line).replaceAll("?"));
    }
}
