package io.github.afterimage.experiments.segmentation;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.ElementType;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.PatchFeatures;
import io.github.afterimage.model.network.Planes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Segments images by a memory of patches, without training. Memories of several sizes hold patches of the training images that
 * are drawn at random; θ is chosen on the validation images.
 */
public final class SegmentationExperiment {
    private static final int KEYS_AT_ONCE = 10_000;

    private final PatchFeatures features;
    private final SegmentationOptions options;
    private final PatchSet validation;
    private final @Nullable PatchSet test;
    private final PatchSet train;
    private final List<float[]> trainShares;
    private final int[] order; // image × positions + position
    private final List<SegmentationResult> results = new ArrayList<>();
    private final List<UncountedPixels> uncounted = new ArrayList<>();
    private List<Mask> answers = List.of();

    /**
     * Runs the network on all images and measures the memories.
     *
     * @param test null to measure on the validation images only
     * @param progress of the images and then of the memories
     * @throws IllegalArgumentException if an image does not fit the network, or no pixel of a set is of a class
     * @throws IOException if a file cannot be read
     */
    SegmentationExperiment(
            PatchFeatures features,
            SegmentationOptions options,
            AnnotatedImages train,
            AnnotatedImages validation,
            @Nullable AnnotatedImages test,
            Progress progress)
            throws IOException {
        this.features = features;
        this.options = options;
        this.train = read("training", train, progress);
        this.validation = read("validation", validation, progress);
        this.test = test == null ? null : read("test", test, progress);
        this.trainShares = this.train.masks().stream()
                .map(mask -> mask.shares(features.height(), features.width(), options.classes()))
                .toList();
        this.order = drawn();
        measure(progress);
    }

    private PatchSet read(String name, AnnotatedImages images, Progress progress) throws IOException {
        PatchSet read = PatchSet.read(features, images, progress);
        uncounted.add(UncountedPixels.of(name, read.masks(), options.classes()));
        return read;
    }

    /** Returns two results for each size: of all keys, and of the nearest. */
    public List<SegmentationResult> results() {
        return List.copyOf(results);
    }

    SegmentationResult last() {
        return results.get(results.size() - 1);
    }

    /** Returns the pixels that do not count, of each set of images. */
    public List<UncountedPixels> uncounted() {
        return List.copyOf(uncounted);
    }

    /** Returns the answers of the last memory and its nearest keys to the images of the last set. */
    public List<Mask> answers() {
        return answers;
    }

    /** Returns the time of the network for an image, decoding included. */
    public double networkSeconds() {
        return (train.seconds() + validation.seconds()) / (train.size() + validation.size());
    }

    /** Returns the patches of the training images with a pixel that counts, in random order. */
    private int[] drawn() {
        int classes = options.classes();
        List<Integer> patches = new ArrayList<>();
        for (int image = 0; image < train.size(); image++) {
            float[] shares = trainShares.get(image);
            for (int position = 0; position < features.positions(); position++) {
                int start = position * classes;
                if (IntStream.range(start, start + classes).anyMatch(i -> shares[i] > 0)) {
                    patches.add(image * features.positions() + position);
                }
            }
        }
        Collections.shuffle(patches, new Random(options.seed()));
        return patches.stream().mapToInt(Integer::intValue).toArray();
    }

    private void measure(Progress progress) {
        try (ShareMemory memory =
                new ShareMemory(features.dim(), options.classes(), options.type(), options.threads())) {
            int before = 0;
            int done = 0;
            for (int wanted : options.sizes()) {
                int size = Math.min(wanted, order.length);
                if (size > before) {
                    fill(memory, before, size);
                    for (int nearest : new int[] {0, options.nearest()}) {
                        results.add(result(memory, nearest));
                        progress.report(++done, 2L * options.sizes().size());
                    }
                    before = size;
                }
            }
        }
    }

    private void fill(ShareMemory memory, int from, int to) {
        int dim = features.dim();
        int classes = options.classes();
        for (int first = from; first < to; first += KEYS_AT_ONCE) {
            int count = Math.min(KEYS_AT_ONCE, to - first);
            float[] rows = new float[count * dim];
            float[] shares = new float[count * classes];
            for (int i = 0; i < count; i++) {
                int image = order[first + i] / features.positions();
                int position = order[first + i] % features.positions();
                System.arraycopy(train.rows().get(image), position * dim, rows, i * dim, dim);
                System.arraycopy(trainShares.get(image), position * classes, shares, i * classes, classes);
            }
            memory.add(rows, shares);
        }
    }

    private SegmentationResult result(ShareMemory memory, int nearest) {
        double[] thetas = options.thetas();
        Confusion[] tried = new Confusion[thetas.length];
        Arrays.setAll(tried, i -> new Confusion(options.classes()));
        for (int i = 0; i < validation.size(); i++) {
            List<float[]> shares = memory.shares(Query.of(validation.rows().get(i)), nearest, thetas);
            for (int t = 0; t < thetas.length; t++) {
                Mask truth = validation.masks().get(i);
                tried[t].add(truth, mask(shares.get(t), truth));
            }
        }
        int best = 0;
        for (int t = 1; t < thetas.length; t++) {
            best = tried[t].meanIou() > tried[best].meanIou() ? t : best;
        }
        PatchSet measured = test == null ? validation : test;
        List<Confusion> counts = new ArrayList<>();
        answers = new ArrayList<>();
        Stopwatch watch = new Stopwatch();
        for (int i = 0; i < measured.size(); i++) {
            watch.start();
            float[] shares = memory.shares(Query.of(measured.rows().get(i)), nearest, thetas[best])
                    .get(0);
            watch.stop();
            Mask truth = measured.masks().get(i);
            Mask answer = mask(shares, truth);
            answers.add(answer);
            counts.add(new Confusion(options.classes()).add(truth, answer));
        }
        return new SegmentationResult(
                memory.size(),
                nearest,
                thetas[best],
                tried[best].meanIou(),
                test == null ? null : new SegmentationScore(options.classes(), counts),
                watch.seconds() / measured.size());
    }

    /** Interpolates the shares of patches between their centres, and chooses the greatest for each pixel. */
    private Mask mask(float[] shares, Mask truth) {
        return Mask.ofGreatest(
                Planes.ofRows(shares, features.height(), features.width()).resized(truth.height(), truth.width()));
    }

    /**
     * The features of the patches of images, with the masks.
     *
     * @param rows for each image (positions, dim)
     * @param seconds the time that the network took, decoding included
     */
    private record PatchSet(List<float[]> rows, List<Mask> masks, double seconds) {
        static PatchSet read(PatchFeatures features, AnnotatedImages images, Progress progress) throws IOException {
            List<float[]> rows = new ArrayList<>();
            List<Mask> masks = new ArrayList<>();
            Stopwatch watch = Stopwatch.started();
            for (int i = 0; i < images.size(); i++) {
                Image image = images.image(i);
                masks.add(images.mask(i, image));
                rows.add(features.keys(images.images().get(i).toString(), image));
                progress.report(i + 1L, images.size());
            }
            return new PatchSet(rows, masks, watch.seconds());
        }

        int size() {
            return masks.size();
        }
    }

    /**
     * The memories to compare, and how.
     *
     * @param classes number of classes; greater numbers in a mask do not count
     * @param sizes numbers of patches in memory, in ascending order; a number above that of all patches means all
     * @param nearest number of keys that answer a patch, beside all keys
     * @param thetas the values that are tried
     * @param type type of the keys
     * @param threads number of threads of a query
     * @param seed of the draw of patches
     */
    record SegmentationOptions(
            int classes, List<Integer> sizes, int nearest, double[] thetas, ElementType type, int threads, long seed) {
        /** @throws IllegalArgumentException if a number is out of range, or a size not greater than the one before it */
        public SegmentationOptions {
            sizes = List.copyOf(sizes);
            for (int i = 0; i < sizes.size(); i++) {
                refuse(
                        sizes.get(i) <= (i == 0 ? 0 : sizes.get(i - 1)),
                        "sizes "
                                + sizes.stream().map(String::valueOf).collect(Collectors.joining(","))
                                + ": expected positive numbers of patches in ascending order");
            }
            refuse(nearest < 1, "nearest " + nearest + ": expected a positive number of keys");
            for (double theta : thetas) {
                Hyperparameters unused = new Hyperparameters(theta, 1);
            }
        }
    }

    /**
     * The measures of a memory.
     *
     * @param keys the number of patches in memory
     * @param nearest the number of keys that answer a patch; 0 for all
     * @param theta the one with the greatest mean intersection over union on the validation images
     * @param validation that greatest value
     * @param test null without test images
     * @param querySeconds the time of the queries for an image, without the network
     */
    record SegmentationResult(
            long keys,
            int nearest,
            double theta,
            double validation,
            @Nullable SegmentationScore test,
            double querySeconds) {}

    /**
     * The pixels of masks whose number is no class: they do not count.
     *
     * @param images what the masks belong to, such as training
     * @param share their share of all pixels
     * @param numbers their numbers, ascending
     */
    record UncountedPixels(String images, double share, List<Integer> numbers) {
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
            refuse(
                    others == all,
                    "the masks of the " + images + " images have no pixel of the classes 0 to " + (classes - 1)
                            + ", but " + pixels.listed() + ": expected masks whose pixels are numbers of classes");
            return pixels;
        }

        /** Returns the first numbers, for people. */
        public String listed() {
            String first = String.join(
                    ", ", numbers.stream().limit(LISTED).map(String::valueOf).toList());
            return first + (numbers.size() > LISTED ? " and " + (numbers.size() - LISTED) + " more" : "");
        }
    }
}
