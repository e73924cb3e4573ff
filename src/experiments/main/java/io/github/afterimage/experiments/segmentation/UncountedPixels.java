package io.github.afterimage.experiments.segmentation;

import java.util.List;
import java.util.TreeMap;

/**
 * The pixels of masks whose number is no class: they do not count.
 *
 * @param images what the masks belong to, such as training
 * @param share their share of all pixels
 * @param numbers their numbers, ascending
 */
public record UncountedPixels(String images, double share, List<Integer> numbers) {
    private static final int LISTED = 6;

    /**
     * Counts them.
     *
     * @param classes numbers from here on do not count
     * @throws IllegalArgumentException if no pixel counts
     */
    static UncountedPixels of(String images, List<Mask> masks, int classes) {
        TreeMap<Integer, Long> found = new TreeMap<>();
        long all = 0;
        for (Mask mask : masks) {
            for (int label : mask.labels()) {
                if (label >= classes) {
                    found.merge(label, 1L, Long::sum);
                }
            }
            all += mask.labels().length;
        }
        long others = found.values().stream().mapToLong(Long::longValue).sum();
        UncountedPixels pixels =
                new UncountedPixels(images, (double) others / all, List.copyOf(found.navigableKeySet()));
        if (others == all) {
            throw new IllegalArgumentException(
                    "the masks of the " + images + " images have no pixel of the classes 0 to " + (classes - 1)
                            + ", but " + pixels.listed() + ": expected masks whose pixels are numbers of classes");
        }
        return pixels;
    }

    /** Returns the first numbers, for people. */
    public String listed() {
        String first = String.join(
                ", ", numbers.stream().limit(LISTED).map(String::valueOf).toList());
        return first + (numbers.size() > LISTED ? " and " + (numbers.size() - LISTED) + " more" : "");
    }
}
