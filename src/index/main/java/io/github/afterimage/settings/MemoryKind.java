package io.github.afterimage.settings;

/** The kinds of native memory that {@link io.github.afterimage.MemoryUse} counts. */
public enum MemoryKind {
    /** Memory of this process. */
    HOST,
    /** Memory of this process that the system may not move, for copies to a device. */
    PINNED,
    /** Files that are mapped read-only: the system drops their pages when it needs room, so no limit holds for them. */
    MAPPED,
    /** Memory of a device. */
    DEVICE
}
