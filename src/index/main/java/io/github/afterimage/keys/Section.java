package io.github.afterimage.keys;

/** Lists the tensors of an index file in the order of the file. */
public enum Section {
    /** Keys: (size, dim) in the element type of the index. */
    KEYS("keys"),
    /** Ids: (size) int64, ascending. */
    IDS("ids"),
    /** Labels: (size) int32. */
    LABELS("labels"),
    /** Scales of int8 keys: (size) float32. */
    SCALES("scales"),
    /** Projection: (dim, projectedDim) float32, present if components were learned. */
    PROJECTION("projection"),
    /** Whitening: (dim, dim) float32, a lower triangle; present if keys are whitened. */
    WHITENING("whitening"),
    /** Offset: (dim) float32, subtracted before the product with the whitening; present with it. */
    OFFSET("offset"),
    /** Removed ids of the index's parts: int64, ascending. */
    REMOVED("removed"),
    /** Ids of the keys whose weight is not 1: int64, ascending; only in the file that names the parts or has none. */
    WEIGHTED_IDS("weighted_ids"),
    /** Weights of the keys in {@link #WEIGHTED_IDS}: float32. */
    WEIGHTS("weights"),
    /** Values of keys: (size, width) in their own type; present, even without keys, if the index has values. */
    VALUES("values"),
    /** Ends of the names in {@link #NAMES}: (size) int64, ascending; present if keys have names. */
    NAME_ENDS("name_ends"),
    /** Names as consecutive UTF-8; present if keys have names. */
    NAMES("names"),
    /** Ends of the thumbnails in {@link #THUMBNAILS}: (size) int64, ascending; present if keys have thumbnails. */
    THUMBNAIL_ENDS("thumbnail_ends"),
    /** Thumbnails, one behind the other; present if keys have thumbnails. */
    THUMBNAILS("thumbnails"),
    /** The newest requests that have added keys, see {@link KnownRequest}; in the same file as {@link #WEIGHTS}. */
    REQUESTS("requests");

    public final String tensor;

    Section(String tensor) {
        this.tensor = tensor;
    }
}
