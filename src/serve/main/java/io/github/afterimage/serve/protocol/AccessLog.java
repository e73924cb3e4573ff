package io.github.afterimage.serve.protocol;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The access log, at level INFO of the logger {@code io.github.afterimage.serve.access}, and the ids of requests, which their answers have too. */
public final class AccessLog {
    /** The name of the header of HTTP with the id, and in small letters of the metadata of gRPC. */
    public static final String ID = "X-Request-Id";

    /** Holds a UUID and the ids of common proxies, and nothing that a log or another program might read as its own. */
    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

    private static final System.Logger LOG = System.getLogger("io.github.afterimage.serve.access");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]");

    private AccessLog() {}

    /** Returns the id that a client gave, or a new one if it is missing or not sane. */
    public static String id(@Nullable String given) {
        return given != null && SANE.matcher(given).matches()
                ? given
                : HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }

    /** Writes a line. */
    public static void write(String line) {
        LOG.log(System.Logger.Level.INFO, visible(line));
    }

    /** Returns a text with "?" for control characters. */
    static String visible(String text) {
        return CONTROL.matcher(text).replaceAll("?");
    }
}
