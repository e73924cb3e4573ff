package io.github.afterimage.serve.protocol;

import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The trace of a request, as the W3C's Trace Context has it: its client names it, and the answer and the access log name the same. */
public final class TraceContext {
    /** The header with the trace and the span of the client. */
    public static final String PARENT = "traceparent";
    /** The header with the trace and the span of this server, which the access log has too. */
    public static final String RESPONSE = "traceresponse";

    /** Later versions may have more behind it; zeros and version ff are invalid. */
    private static final Pattern KNOWN =
            Pattern.compile("(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?");

    private static final int FLAGS = 3; // sampled, and an id that is random

    private TraceContext() {}

    /** Returns the value of {@link #RESPONSE} for those of {@link #PARENT}; null if there is not exactly one that is valid. */
    public static @Nullable String response(List<String> parents) {
        Matcher parent = KNOWN.matcher(parents.size() == 1 ? parents.get(0) : "");
        if (!parent.matches() || parent.group(3) != null && parents.get(0).startsWith("00")) {
            return null;
        }
        HexFormat hex = HexFormat.of();
        long span = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
        int flags = HexFormat.fromHexDigits(parent.group(2)) & FLAGS;
        return "00-" + parent.group(1) + "-" + hex.toHexDigits(span) + "-" + hex.toHexDigits((byte) flags);
    }
}
