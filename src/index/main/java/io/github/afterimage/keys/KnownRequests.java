package io.github.afterimage.keys;

import io.github.afterimage.failure.RequestConflictException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the newest requests that have added keys, at most {@value #MAX_BYTES} bytes of them as they are saved and one more.
 *
 * <p>Threads: the store guards it.
 */
public final class KnownRequests {
    /** 16,912 requests with a UUID, 3,731 with the longest texts. */
    private static final int MAX_BYTES = 1 << 20;

    public static final int LARGEST_FILE_BYTES = MAX_BYTES + KnownRequest.MOST_BYTES;

    private final Map<String, KnownRequest> byText = new LinkedHashMap<>();
    private int bytes;

    /**
     * Finds an earlier request.
     *
     * @throws RequestConflictException if its text is the same and its digest is another
     */
    @Nullable
    KnownRequest find(RequestId id) {
        KnownRequest known = byText.get(id.text());
        if (known != null && known.id().digest() != id.digest()) {
            throw new RequestConflictException(id.text());
        }
        return known;
    }

    /** Adds a request and forgets the oldest ones beyond the bound; {@link #remove} then takes it back. */
    public void add(@Nullable KnownRequest request) {
        if (request == null) {
            return;
        }
        remove(byText.get(request.id().text())); // a log may hold a request that the index had forgotten
        for (Iterator<KnownRequest> oldest = byText.values().iterator(); bytes > MAX_BYTES; ) {
            bytes -= oldest.next().bytes();
            oldest.remove();
        }
        byText.put(request.id().text(), request);
        bytes += request.bytes();
    }

    void remove(@Nullable KnownRequest request) {
        if (request != null && byText.remove(request.id().text(), request)) {
            bytes -= request.bytes();
        }
    }

    /** Returns all requests as bytes, the oldest first. */
    public byte[] encode() {
        ByteBuffer target = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        byText.values().forEach(request -> request.put(target));
        return target.array();
    }

    /**
     * Adds requests that {@link #encode} has written.
     *
     * @throws IllegalArgumentException if it has not
     */
    public void addAll(ByteBuffer encoded) {
        ByteBuffer source = encoded.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        while (source.hasRemaining()) {
            add(KnownRequest.take(source));
        }
    }
}
