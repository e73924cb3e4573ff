package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.trial.TrialResult.Input;
import io.github.afterimage.experiments.trial.TrialResult.Preparation;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ReadableImages;
import io.github.afterimage.model.data.ReadableImages.Size;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.ModelException;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import io.github.afterimage.model.network.Preset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the preparation of pictures that a network was trained with: of those with which it errs at most one standard error more
 * than with the best, the most usual. {@link Preset#IMAGENET} is the most usual, or values from 0 to 1 for pictures of the network's
 * own size, and a cut picture is more usual than a whole one. What the network cannot run does not suit it.
 *
 * <p>A network that leaves its size open is tried on pictures of their own size too, if all have the same: after the others, and
 * if a side has more than {@value #SMALL_SIDE} pixels, only where no other preparation suits, because such pictures take much time and
 * memory.
 *
 * @param shape that {@link Network#declaredShape} returns
 * @param forced the preparation to take; null to find it
 * @param sizes those of all pictures that it must suit
 */
public record PreparationTrial(
        Path network,
        List<Integer> shape,
        NetworkSettings settings,
        @Nullable Preprocessing forced,
        Set<Size> sizes) {
    /** The share of right answers from which the classes of the pictures count as some of the network's. */
    private static final double KNOWN = 0.4;

    /** A p-value below which another preparation is clearly better. */
    private static final double CLEAR = 0.01;

    /** The p-value of a difference of one standard error. */
    private static final double ONE_STANDARD_ERROR = 0.317;

    private static final int SMALL_SIDE = 256;

    private static final String OWN_SIZE = "values 0 to 1, pictures of their own size";

    /** The pictures on which all preparations are tried where one is given. */
    private static final int FEW = 48;

    /** All preparations together are tried for so long, on fewer pictures where these take longer, but not on very few. */
    private static final double SECONDS = 60;

    private static final int FEWEST = 50;

    /** A preparation with the pictures that the network has wrong, and those whose most similar other one has another class. */
    record Tried(String name, String steps, BitSet wrong, BitSet nearestWrong) {}

    static PreparationTrial of(Path network, NetworkSettings settings, @Nullable Preprocessing forced, Set<Size> sizes)
            throws IOException {
        return new PreparationTrial(network, Network.declaredShape(network), settings, forced, sizes);
    }

    /** Refuses a network that is no classifier of pictures, whatever their preparation, as far as its size is known. */
    static void requireClassifier(Path network, NetworkSettings settings) throws IOException {
        PreparationTrial trial = of(network, settings, null, Set.of());
        if (!trial.isOpen()) {
            trial.open("").close();
        }
    }

    /**
     * Looks for a better preparation than the one that a network was opened with. All are tried on {@value #FEW} of the pictures,
     * and one that is better there is compared on all.
     *
     * @param settings with the classes of the pictures, in their order
     * @param pictures a sample, in random order
     * @return a sentence if another is clearly better; else empty
     */
    public static String warning(Path network, NetworkSettings settings, ReadableImages pictures, Progress progress)
            throws IOException {
        PreparationTrial trial = of(network, settings, settings.preprocessing(), pictures.sizes());
        ImageSet all = pictures.images();
        Map<String, String> candidates = trial.candidates();
        Input first = trial.run(candidates, first(all, Math.min(FEW, all.size())), true, progress);
        String best = first.tried().get(0).name();
        candidates.values().retainAll(List.of(best, trial.forcedName())); // often the same
        return candidates.size() == 1
                ? ""
                : trial.run(candidates, all, true, progress).warning();
    }

    private static ImageSet first(ImageSet pictures, int count) {
        return pictures.select(IntStream.range(0, count).toArray());
    }

    /**
     * Tries every preparation on the pictures, or on as many as the time allows.
     *
     * @param pictures in random order
     */
    Input run(ImageSet pictures, Progress progress) throws IOException {
        return run(candidates(), pictures, false, progress);
    }

    /** Returns how many of some pictures can be looked at in so many seconds, if those that are done took these. */
    static int affordable(int done, double took, double seconds, int pictures) {
        return (int) Math.min(pictures, Math.max(FEWEST, done * seconds / took));
    }

    /** @param inOrder whether the classes of the pictures are those of the network, in its order */
    private Input run(Map<String, String> candidates, ImageSet all, boolean inOrder, Progress progress)
            throws IOException {
        ImageSet pictures = all;
        Map<String, Tried> tried = new LinkedHashMap<>(); // by steps
        String problem = "";
        int number = 0;
        for (Map.Entry<String, String> candidate : candidates.entrySet()) {
            int before = number++ * pictures.size();
            boolean suits = tried.size() > (forced == null ? 0 : 1); // another one, besides that which was asked for
            if (candidate.getValue().equals(OWN_SIZE) && suits && !areSmall()) {
                continue;
            }
            Progress part = (done, total) -> progress.report(before + done, (long) candidates.size() * total);
            try (Network opened = open(candidate.getKey())) {
                String steps = opened.settings().preprocessing().toString();
                if (!tried.containsKey(steps)) {
                    Stopwatch watch = Stopwatch.started();
                    int most = pictures.size();
                    double share =
                            tried.isEmpty() ? SECONDS / candidates.size() : Double.MAX_VALUE; // later ones see as many
                    NetworkAnswers answers = NetworkAnswers.of(
                            opened, pictures, done -> affordable(done, watch.seconds(), share, most), part);
                    pictures = first(pictures, answers.labels().length);
                    tried.put(steps, tried(candidate.getValue(), steps, answers, inOrder));
                }
            } catch (IllegalArgumentException | IllegalStateException | ModelException e) { // does not suit the input
                if (forced != null && candidate.getValue().equals(forcedName())) {
                    throw e;
                }
                problem = e.getMessage()
                        + (e instanceof IllegalStateException // the network itself fails
                                ? ""
                                : "; give one with --preprocess, such as resize=256,crop=224");
            }
        }
        if (tried.isEmpty()) {
            throw new IllegalArgumentException("no preparation of pictures suits the network: " + problem);
        }
        return found(List.copyOf(tried.values()), pictures.size(), all.size());
    }

    private static Tried tried(String name, String steps, NetworkAnswers answers, boolean inOrder) {
        ClassAssignment assignment = answers.assignment();
        return new Tried(
                name,
                steps,
                answers.wrong(
                        label -> inOrder ? label : assignment.output(label).orElse(-1)),
                answers.nearestWrong());
    }

    /**
     * @param tried the most usual first
     * @param drawn the pictures that all would have been tried on if they took no longer
     */
    Input found(List<Tried> tried, int pictures, int drawn) {
        boolean known = tried.stream().anyMatch(each -> each.wrong.cardinality() <= (1 - KNOWN) * pictures);
        Function<Tried, BitSet> wrong = each -> known ? each.wrong : each.nearestWrong;
        ToDoubleFunction<Tried> error = each -> (double) wrong.apply(each).cardinality() / pictures;
        List<Tried> sorted =
                tried.stream().sorted(Comparator.comparingDouble(error)).toList();
        Tried least = sorted.get(0);
        Function<Tried, Gain> gain = each -> Gain.of(wrong.apply(each), wrong.apply(least), pictures);
        Tried taken = tried.stream()
                .filter(each -> forced != null || isClose(gain.apply(each)))
                .findFirst()
                .orElse(least);
        return new Input(
                shape.toString().replace('[', '(').replace(']', ')'),
                sizeWords(),
                pictures,
                known
                        ? "wrong answers of the network, with each class given the answer that it gets most often"
                        : "pictures whose most similar other picture, by the network's answers, has another class",
                sorted.stream()
                        .map(each -> new Preparation(each.name, each.steps, error.applyAsDouble(each)))
                        .toList(),
                taken.steps,
                "Preparation \"" + taken.name + "\" was taken, because "
                        + (forced != null
                                ? "you asked for it."
                                : error.applyAsDouble(taken) == error.applyAsDouble(least)
                                        ? "it has the fewest errors" + few(pictures, drawn) + "."
                                        : "it is more usual than \"" + least.name
                                                + "\", which is better by at most one standard error"
                                                + few(pictures, drawn)
                                                + "."),
                forced == null || gain.apply(taken).p() >= CLEAR / tried.size() // the best of many
                        ? ""
                        : "another preparation of the pictures is clearly better than --preprocess " + taken.name
                                + ": with " + least.name + " the error on the same " + pictures + " pictures is "
                                + percent(error.applyAsDouble(least)) + ", not " + percent(error.applyAsDouble(taken))
                                + "; give --preprocess " + (least.steps.isEmpty() ? "none" : least.steps));
    }

    /** Says that more pictures would have taken long; empty if they did not. */
    private static String few(int pictures, int drawn) {
        return pictures == drawn
                ? ""
                : " on " + Format.count(pictures, "picture") + " (all " + Format.count(drawn)
                        + " would take longer than a minute)";
    }

    /** Returns whether the better of two preparations is better by at most one standard error of the difference, in the exact test. */
    private static boolean isClose(Gain gain) {
        return gain.p() >= ONE_STANDARD_ERROR;
    }

    private static String percent(double share) {
        return Format.fixed(100 * share, 1) + " %";
    }

    private String forcedName() {
        return forced == null || forced.toString().isEmpty() ? "none" : forced.toString();
    }

    /** Returns the name of each preparation by its steps or its preset, the one that was asked for or the most usual first. */
    private Map<String, String> candidates() throws IOException {
        Map<String, String> candidates = new LinkedHashMap<>();
        if (forced != null) {
            candidates.put(forced.toString(), forcedName());
        }
        Size input = input();
        boolean unchanged = sizes.equals(Set.of(input));
        String size = unchanged ? "resize=" + side(input) : geometry(Preset.IMAGENET, input);
        if (!unchanged) {
            candidates.putIfAbsent(Preset.IMAGENET.text(), Preset.IMAGENET.text());
        }
        candidates.putIfAbsent(size, "values 0 to 1");
        candidates.putIfAbsent(size + ",scale=255", "values 0 to 255");
        if (!unchanged) {
            candidates.putIfAbsent(geometry(Preset.IMAGENET_TF, input), "values 0 to 1, whole picture");
        }
        for (Preset preset : Preset.values()) {
            if (preset != Preset.NONE) {
                candidates.putIfAbsent(preset.text(), preset.text());
            }
        }
        if (isOpen() && sizes.size() == 1) {
            Size own = sizes.iterator().next();
            candidates.putIfAbsent("resize=" + own.width() + "x" + own.height(), OWN_SIZE);
        }
        return candidates;
    }

    /** Returns the steps of a preset that change the size of pictures. */
    private static String geometry(Preset preset, Size input) {
        return Arrays.stream(
                        preset.steps(input.width(), input.height()).toString().split(","))
                .filter(step -> step.startsWith("resize=") || step.startsWith("crop="))
                .collect(Collectors.joining(","));
    }

    private Network open(String preprocessing) throws IOException {
        return Network.open(network, List.of(), settings.withPreprocessing(Preprocessing.parse(preprocessing)));
    }

    /** Returns the size of the network's input, with 0 for a side that it leaves open. */
    private Size input() {
        if (!shape.contains(Image.CHANNELS)) { // does not tell which sides these are
            return new Size(0, 0);
        }
        int first = shape.get(0) == Image.CHANNELS ? 1 : 0;
        return new Size(shape.get(first + 1), shape.get(first));
    }

    private boolean isOpen() {
        return input().width() == 0 || input().height() == 0;
    }

    private boolean areSmall() {
        return sizes.stream().allMatch(size -> Math.max(size.width(), size.height()) <= SMALL_SIDE);
    }

    /** Returns the size to which a step resizes, so that the index takes pictures of other sizes too. */
    private static String side(Size size) {
        return size.width() == size.height() ? Integer.toString(size.width()) : size.width() + "x" + size.height();
    }

    private String sizeWords() {
        if (sizes.size() == 1) {
            Size only = sizes.iterator().next();
            return only.width() + " x " + only.height() + " pixels";
        }
        IntSummaryStatistics sides = sizes.stream()
                .flatMapToInt(size -> IntStream.of(size.width(), size.height()))
                .summaryStatistics();
        return "sides of " + sides.getMin() + " to " + sides.getMax() + " pixels";
    }
}
