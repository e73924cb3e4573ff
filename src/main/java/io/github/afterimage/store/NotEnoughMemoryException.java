package io.github.afterimage.store;

/** Native memory was refused by the system. What was asked for was not done, and nothing else changed. */
public final class NotEnoughMemoryException extends RuntimeException {
    NotEnoughMemoryException(long requestedBytes, long usedBytes) {
        super("no native memory: " + requestedBytes + " bytes requested while " + usedBytes
                + " bytes are in use; add fewer keys, store them in a smaller element type, or give the process more");
    }
}
