package io.github.afterimage.keys;

import org.jspecify.annotations.Nullable;

/** Lists the tensors of an index file in the order of the file. */
public enum Section {
    /** Keys: (size, dim) in the element type of the index. */
    KEYS("keys", null, 0),
    /** Ids: (size) int64, ascending. */
    IDS("ids", "I64", Long.BYTES),
    /** Labels: (size) int32. */
    LABELS("labels", "I32", Integer.BYTES),
    /** Scales of int8 keys: (size) float32. */
    SCALES("scales", "F32", Float.BYTES),
    /** Projection: (dim, projectedDim) float32, present if components were learned. */
    PROJECTION("projection", "F32", Float.BYTES),
    /** Whitening: (dim, dim) float32, a lower triangle; present if keys are whitened. */
    WHITENING("whitening", "F32", Float.BYTES),
    /** Offset: (dim) float32, subtracted before the product with the whitening; present with it. */
    OFFSET("offset", "F32", Float.BYTES),
    /** Removed ids of the index's parts: int64, ascending. */
    REMOVED("removed", "I64", Long.BYTES),
    /** Ends of the names in {@link #NAMES}: (size) int64, ascending; present if keys have names. */
    NAME_ENDS("name_ends", "I64", Long.BYTES),
    /** Names as consecutive UTF-8; present if keys have names. */
    NAMES("names", "U8", Byte.BYTES),
    /** Ends of the thumbnails in {@link #THUMBNAILS}: (size) int64, ascending; present if keys have thumbnails. */
    THUMBNAIL_ENDS("thumbnail_ends", "I64", Long.BYTES),
    /** Thumbnails, one behind the other; present if keys have thumbnails. */
    THUMBNAILS("thumbnails", "U8", Byte.BYTES),
    /** The newest requests that have added keys, see {@link KnownRequest}; only in the file that names the parts or has none. */
    REQUESTS("requests", "U8", Byte.BYTES),
    /** The encoded examples that the index was tuned with, without their lengths: (rows, dim) int8; where {@link #REQUESTS} may be. */
    TUNING_KEYS("tuning_keys", "I8", Byte.BYTES),
    /** Labels of {@link #TUNING_KEYS}: (rows) int32. */
    TUNING_LABELS("tuning_labels", "I32", Integer.BYTES),
    /** Their log p_net: (rows, classes) float16, without the last classes if the network does not have them; present with a network. */
    TUNING_NETWORK("tuning_network", "F16", Short.BYTES),
    /** The same for their mirror images; present if {@link #TUNING_NETWORK} is and they were known. */
    TUNING_MIRROR("tuning_mirror", "F16", Short.BYTES);

    public final String tensor;
    /** Type of its elements; null if each index chooses one. */
    public final @Nullable String type;
    /** Bytes of an element of that type. */
    public final int elementBytes;

    Section(String tensor, @Nullable String type, int elementBytes) {
        this.tensor = tensor;
        this.type = type;
        this.elementBytes = elementBytes;
    }

    /** Returns whether a reader may skip the tensor. */
    public boolean optional() {
        return compareTo(REMOVED) > 0;
    }
}
