package io.github.afterimage.keys;

import io.github.afterimage.codes.SketchedKeys;

/** Sketches of keys that were made before. */
public interface SketchSource {
    /** Has none. */
    SketchSource NONE = (segment, target) -> false;

    /** Fills the sketch of all rows of a segment; returns false, with undefined codes, if there is no such sketch. */
    boolean read(Segment segment, SketchedKeys target);
}
