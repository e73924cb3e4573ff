package io.github.afterimage.file;

import io.github.afterimage.keys.Section;
import java.util.List;

/**
 * Examples that an index was tuned with, as its file holds them.
 *
 * @param keys {@code (rows, dim)} int8 row-major: encoded rows without their lengths, none of them all zeros
 * @param labels {@code (rows)}
 * @param network {@code (rows, known)} float16, little-endian: log p_net; empty without a network
 * @param mirror that of the mirror images, likewise; empty if it is not known
 */
public record TuningTensors(byte[] keys, int[] labels, byte[] network, byte[] mirror) {
    /** The greatest number of rows. */
    public static final int MOST_ROWS = 500;

    static final List<Section> SECTIONS =
            List.of(Section.TUNING_KEYS, Section.TUNING_LABELS, Section.TUNING_NETWORK, Section.TUNING_MIRROR);

    /** No rows. */
    public static final TuningTensors NONE = new TuningTensors(new byte[0], new int[0], new byte[0], new byte[0]);

    /** Number of rows. */
    public int rows() {
        return labels.length;
    }

    /** Returns the number of classes of one of the networks' tensors; 0 if it is empty. */
    public long width(byte[] ofNetwork) {
        return ofNetwork.length == 0 ? 0 : ofNetwork.length / Short.BYTES / rows();
    }
}
