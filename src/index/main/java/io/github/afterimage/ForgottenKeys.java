package io.github.afterimage;

import java.util.List;

/**
 * The receipt of {@link CacheIndex#forget}: no file of the index has a byte of these keys, their names and thumbnails any more.
 *
 * <pre>{@code
 * Path file = Path.of("cache.safetensors");
 * try (CacheIndex index = CacheIndex.open(file)) {
 *     ForgottenKeys receipt = index.forget(file, 17, 18);
 *     receipt.files().forEach(written -> System.out.println(written.sha256() + "  " + written.name()));
 * }
 * }</pre>
 *
 * <p>What it does not undo: the names of classes, which {@link CacheIndex#nameClass} changes; the network and a learned projection
 * or whitening, if the keys were among their examples; other {@link io.github.afterimage.answer.TuningRows} than those that equal a key (tuning again without any
 * drops all); copies of the files and snapshots of the disk elsewhere; and freed blocks of
 * the disk, which a device may keep for a while.
 *
 * @param ids of the keys, those that were removed before too
 * @param removed number of these ids whose keys this call has removed
 * @param versionBefore version of the keys before
 * @param versionAfter version of the keys without these
 * @param files of the index now: the file itself, then its parts
 * @param deleted names of files that are no more
 */
public record ForgottenKeys(
        List<Long> ids, long removed, long versionBefore, long versionAfter, List<File> files, List<String> deleted) {
    /** The limits of the receipt, in words. */
    public static final String NOT_UNDONE =
            "not undone: names of classes, the network, a learned projection or whitening, tuning examples that the index keeps and that are no"
                    + " keys (tuning it again without any drops them), copies and snapshots elsewhere, and blocks of the disk that are freed and not yet overwritten";

    /**
     * A file of the index.
     *
     * @param sha256 of its bytes
     * @param rewritten whether it is new or was written again
     */
    public record File(String name, String sha256, boolean rewritten) {}
}
