package io.github.afterimage.store;

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
    REMOVED("removed");

    final String tensor;

    Section(String tensor) {
        this.tensor = tensor;
    }
}
