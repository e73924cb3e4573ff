package io.github.afterimage.store;

import java.util.List;

/** The tensors of an index file, in the order in which they lie in it. */
enum Section {
    /** (size, dim) of the index's element type. */
    KEYS("keys"),
    /** (size) int64, ascending. */
    IDS("ids"),
    /** (size) int32. */
    LABELS("labels"),
    /** (size) float32, where keys are int8. */
    SCALES("scales"),
    /** (dim, projectedDim) float32, where components were learned. */
    PROJECTION("projection"),
    /** int64, ascending: ids in the index's parts that are not there any more. */
    REMOVED("removed"),
    /** (size) int64, ascending, where keys have names: the bytes of {@link #NAMES} before the end of each name. */
    NAME_ENDS("name_ends"),
    /** UTF-8, where keys have names: all of them, one behind the other. */
    NAMES("names");

    /** Those that a reader may do without. */
    static final List<Section> OPTIONAL = List.of(NAME_ENDS, NAMES);

    final String tensor;

    Section(String tensor) {
        this.tensor = tensor;
    }
}
