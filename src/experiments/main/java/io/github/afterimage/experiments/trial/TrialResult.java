package io.github.afterimage.experiments.trial;

import io.github.afterimage.answer.Pool;
import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.ClassMatch;
import io.github.afterimage.experiments.LabelSuspects;
import io.github.afterimage.experiments.report.Decision;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a {@code Trial} finds, as plain values: the report, the JSON and the page are made of it.
 *
 * @param network the network's file; empty for features
 * @param input the network's input, and how images are prepared for it; null for features
 * @param layers the search for layers; null for features
 * @param accuracy that of all divisions together
 * @param divisions that of each; the first is that of the index that is left
 * @param suspectPictures the worst suspects, with the class that the others give and its probability
 * @param costs one for each form of keys; the form of the index is marked
 * @param curve the errors by the number of keys, ascending
 * @param corrected some of the test pictures that network and memory together have right, and the network with the same views has not; if the memory answers alone, those that it has
 *     right
 * @param broken some of those that only the network with the same views has right; if the memory answers alone, those that it has wrong
 * @param warnings sentences about likely mistakes and about files that were left out
 * @param commands the lines of commands that make, tune and test the same index, and use it
 */
public record TrialResult(
        String network,
        Data data,
        @Nullable Input input,
        ClassMatch classes,
        @Nullable Layers layers,
        Keys keys,
        Accuracy accuracy,
        List<Accuracy> divisions,
        ClassErrors classErrors,
        Suspects suspects,
        List<Decision.Neighbor> suspectPictures,
        List<Cost> costs,
        List<CurvePoint> curve,
        List<Decision> corrected,
        List<Decision> broken,
        TrialVerdict verdict,
        List<String> warnings,
        List<String> commands,
        Effort effort) {

    /**
     * The examples and their division.
     *
     * @param memory the examples that become keys
     * @param tuning the examples that the rule, layers and the form of keys are chosen on
     * @param test the examples of the first division that are reported on
     * @param copies the examples that equal others and were left out
     * @param related the examples that seem to depend on others, such as frames of one video, and were not named as a group
     * @param division a sentence on how they were divided
     * @param advice a sentence on what the division means for the figures
     */
    public record Data(
            Part memory,
            Part tuning,
            Part test,
            List<String> classNames,
            int copies,
            int related,
            String division,
            String advice) {}

    /**
     * A part of the examples.
     *
     * @param specification as every command takes it, such as {@code images:DIR[0:600]}
     * @param fewest the number of examples of the smallest class
     */
    public record Part(String specification, int size, int fewest) {}

    /**
     * The network's input and the preparation of images.
     *
     * @param shape the input, such as {@code (3, 224, 224)}; 0 stands for an open size
     * @param pictures the sizes of the pictures, such as {@code 84 x 84 pixels}
     * @param sample the number of pictures that each preparation was tried on
     * @param measure what the errors count: the network's wrong answers, or those of its nearest neighbours
     * @param tried the preparations, best first
     * @param chosen the steps that were taken
     * @param reason a sentence
     * @param warning a sentence if another preparation is clearly better than the chosen one; else empty
     */
    public record Input(
            String shape,
            String pictures,
            int sample,
            String measure,
            List<Preparation> tried,
            String chosen,
            String reason,
            String warning) {}

    /**
     * One preparation of images.
     *
     * @param name of a preset, or a short description
     * @param steps as {@code --preprocess} takes them
     */
    public record Preparation(String name, String steps, double error) {
        /** The value for {@code --preprocess}. */
        public String typed() {
            return steps.isEmpty() ? "none" : steps;
        }
    }

    /**
     * The search for layers.
     *
     * @param tried each candidate alone, in the network's order
     * @param combinations the number of combinations that were tried
     */
    public record Layers(
            String chosen, List<TriedLayer> tried, int combinations, long keys, long queries, String reason) {}

    /**
     * The errors with one layer alone as key, on tuning examples, with few and short keys.
     *
     * @param values those of the layer
     */
    public record TriedLayer(String layer, long values, double togetherError, double memoryError) {}

    /**
     * The labels of the memory that the other keys doubt.
     *
     * @param count the number of all
     * @param worst those that the others doubt most
     */
    public record Suspects(long count, List<LabelSuspects.Suspect> worst) {}

    /**
     * The index that was measured.
     *
     * @param reduction as {@code --reduce} takes it; null for full keys
     * @param type as {@code --dtype} takes it
     * @param dim the values of the layers together
     * @param keyDim the values of a stored key
     * @param rule of network and memory; that of the memory alone without a network
     * @param views that the network sees; 0 without one
     * @param alone the rule of the memory alone
     */
    public record Keys(
            long count,
            @Nullable String reduction,
            String type,
            int dim,
            int keyDim,
            Pool rule,
            int views,
            Pool alone,
            String reason) {}

    /**
     * The errors on the test examples.
     *
     * @param rivals the answers of the network that cost no more than that with the memory, the plain one first; empty without a network
     * @param probe the linear probe of the same keys
     * @param together network and memory; the memory if that answers alone
     * @param groups the number of groups of examples that depend on each other; an example that depends on no other is one
     * @param share the part of an independent answer that each counts for in p and in intervals, besides the groups
     */
    public record Accuracy(
            long examples, long groups, List<Rival> rivals, Rival memory, Rival probe, Rival together, double share) {
        /** @param share the part of an independent answer that each counts for */
        static Accuracy of(List<TestedAnswer> all, double share) {
            int[] groups = all.stream().mapToInt(TestedAnswer::group).toArray();
            boolean network = all.get(0).prediction().hasNetwork();
            ToIntFunction<TestedAnswer> alone = each -> each.prediction().memory();
            ToIntFunction<TestedAnswer> both =
                    network ? each -> each.prediction().together() : alone;
            int[] together = wrong(all, both);
            Rivals against = (name, answer, trueClass) -> {
                int[] wrong = wrong(all, answer);
                return new Rival(
                        name,
                        Errors.of(wrong, groups, share),
                        gain(wrong, together, groups, share),
                        trueClass == null ? null : logLoss(all, trueClass));
            };
            Rival memory = against.rival(
                    Rival.MEMORY, alone, each -> each.prediction().trueClass().memory());
            return new Accuracy(
                    all.size(),
                    Arrays.stream(groups).distinct().count(),
                    network ? ofNetwork(against) : List.of(),
                    memory,
                    against.rival(Rival.PROBE, TestedAnswer::probe, null),
                    network
                            ? against.rival(Rival.TOGETHER, both, each -> each.prediction()
                                    .trueClass()
                                    .together())
                            : memory,
                    share);
        }

        private static List<Rival> ofNetwork(Rivals against) {
            return List.of(
                    against.rival(Rival.PLAIN, each -> each.prediction().network(), each -> each.prediction()
                            .trueClass()
                            .network()),
                    against.rival(Rival.TWO_VIEWS, each -> each.prediction().averaged(), each -> each.prediction()
                            .trueClass()
                            .averaged()),
                    against.rival(Rival.CALIBRATED, TestedAnswer::calibrated, TestedAnswer::calibratedTrue));
        }

        /** Returns the network's best answer that costs no more than that with the memory; empty without a network. */
        public Optional<Rival> best() {
            return rivals.stream()
                    .min(Comparator.comparingLong(each -> each.errors().wrong()));
        }

        /** Returns whether the plain network has clearly fewer errors than with the memory, and so has the best answer without it. */
        public boolean hurts() {
            return best().filter(best -> best.gain().isClearLoss()
                            && rival(Rival.PLAIN).gain().isClearLoss())
                    .isPresent();
        }

        /** Returns an answer of the network by its name, such as {@link Rival#TWO_VIEWS}. */
        public Rival rival(String name) {
            return rivals.stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElseThrow();
        }

        /** Says so where another answer of the network explains the gain over the plain one; else nothing. */
        public String owed() {
            if (rivals.isEmpty() || !rival(Rival.PLAIN).gain().isClear()) {
                return "";
            }
            Rival best = best().orElseThrow();
            String owner = best.name().equals(Rival.TWO_VIEWS)
                    ? "the mirrored picture's"
                    : "that of a temperature and class shares";
            return best.gain().isClear()
                    ? ""
                    : best.gain().corrected() > best.gain().broken()
                            ? "A part of the gain is " + owner + "; the rest may be chance."
                            : "The gain is " + owner + ", not the memory's.";
        }

        private static int[] wrong(List<TestedAnswer> all, ToIntFunction<TestedAnswer> answer) {
            return all.stream()
                    .mapToInt(
                            each -> answer.applyAsInt(each) == each.prediction().label() ? 0 : 1)
                    .toArray();
        }

        private static double logLoss(List<TestedAnswer> all, ToDoubleFunction<TestedAnswer> trueClass) {
            return all.stream()
                    .mapToDouble(each -> -Math.log(Math.max(trueClass.applyAsDouble(each), Float.MIN_NORMAL)))
                    .average()
                    .orElseThrow();
        }

        /** Makes rivals of answers. */
        private interface Rivals {
            Rival rival(
                    String name,
                    ToIntFunction<TestedAnswer> answer,
                    @Nullable ToDoubleFunction<TestedAnswer> trueClass);
        }

        private static Gain gain(int[] without, int[] with, int[] groups, double share) {
            return Gain.ofGroups(
                    groups,
                    IntStream.range(0, with.length)
                            .map(i -> without[i] - with[i])
                            .toArray(),
                    share);
        }
    }

    /**
     * One way to answer, such as the network without the memory.
     *
     * @param gain the answers that network and memory together correct and break, compared with it
     * @param logLoss the mean of -log p of the true class; null for the probe
     */
    public record Rival(
            String name, Errors errors, Gain gain, @Nullable Double logLoss) {
        public static final String PLAIN = "network";
        public static final String TWO_VIEWS = "network with two views";

        /** With these views, a temperature, and the shares of the classes. */
        public static final String CALIBRATED = "calibrated network";

        static final String MEMORY = "memory alone";
        static final String PROBE = "linear probe";
        static final String TOGETHER = "together";
    }

    /**
     * The errors of one classifier.
     *
     * @param interval the 95 % interval of the error rate
     */
    public record Errors(long wrong, double error, Interval interval) {
        static Errors of(int[] wrong, int[] groups, double share) {
            long count = IntStream.of(wrong).sum();
            return new Errors(
                    count, (double) count / wrong.length, Interval.ofGroups(groups, wrong, share, Gain.CONFIDENCE));
        }

        /** Returns the errors on examples that depend on no other. */
        static Errors of(long wrong, long examples) {
            return new Errors(
                    wrong, (double) wrong / examples, Interval.clopperPearson(wrong, examples, Gain.CONFIDENCE));
        }
    }

    /**
     * The cost of one form of keys.
     *
     * @param keys in words, such as {@code pca:256, i8}
     * @param bytes of all keys
     * @param projectionBytes of the matrix that shortens keys and queries; 0 for all values
     * @param buildSeconds the time of the network for all pictures of the memory, and that of making these keys
     * @param queryMillis the time of one query among many, without the network
     * @param tuningError the error of the best rule on the tuning examples
     * @param tuningLogLoss the mean of -log p of the true class there
     */
    public record Cost(
            String keys,
            @Nullable String reduction,
            String type,
            long bytes,
            long projectionBytes,
            double buildSeconds,
            double queryMillis,
            double tuningError,
            double tuningLogLoss,
            boolean chosen) {
        Cost asChosen() {
            return new Cost(
                    keys,
                    reduction,
                    type,
                    bytes,
                    projectionBytes,
                    buildSeconds,
                    queryMillis,
                    tuningError,
                    tuningLogLoss,
                    true);
        }

        /** Returns those of keys and projection. */
        public long allBytes() {
            return bytes + projectionBytes;
        }
    }

    /** The errors on the test examples with so many keys, tuned for them. */
    public record CurvePoint(long keys, Errors memory, Errors together) {}

    /**
     * The time and the memory that the trial took.
     *
     * @param networkMillis the time of the network for a picture
     * @param peakBytes the maximum memory of the process
     */
    public record Effort(double seconds, double networkMillis, long peakBytes) {}
}
