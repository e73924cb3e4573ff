package io.github.afterimage.serve.protocol;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The id of a request, which its answer and the access log have. */
public final class RequestId {
    /** The name of the header of HTTP, and in small letters of the metadata of gRPC. */
    public static final String HEADER = "X-Request-Id";
    /** Holds a UUID and the ids of common proxies, and nothing that a log or another program might read as its own. */
    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

    private RequestId() {}

    /** Returns the id that a client gave, or a new one if it is missing or not sane. */
    public static String of(@Nullable String given) {
        return given != null && SANE.matcher(given).matches()
                ? given
                : HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}
