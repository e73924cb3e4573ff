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
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import io.github.afterimage.model.network.Preset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the preparation of pictures that a network was trained with: it errs least on them.
 *
 * @param forced the preparation to take; null to choose the best
 * @param sizes those of all pictures that it must suit
 */
public record PreparationTrial(
        Path network, NetworkSettings settings, @Nullable Preprocessing forced, Set<Size> sizes) {
    /** The share of right answers from which the classes of the pictures count as some of the network's. */
    private static final double KNOWN = 0.4;

    /** A p-value below which another preparation is clearly better. */
    private static final double CLEAR = 0.01;

    /** The pictures on which all preparations are tried where one is given. */
    private static final int FEW = 48;

    private record Tried(String name, String steps, BitSet wrong, BitSet nearestWrong) {}

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
        PreparationTrial trial = new PreparationTrial(network, settings, settings.preprocessing(), pictures.sizes());
        ImageSet all = pictures.images();
        int[] few = IntStream.range(0, Math.min(FEW, all.size())).toArray();
        Map<String, String> candidates = trial.candidates();
        Input first = trial.run(candidates, all.select(few), true, progress);
        String best = first.tried().get(0).name();
        candidates.values().retainAll(List.of(best, trial.forcedName())); // often the same
        return candidates.size() == 1
                ? ""
                : trial.run(candidates, all, true, progress).warning();
    }

    /** Tries every preparation on the pictures. */
    Input run(ImageSet pictures, Progress progress) throws IOException {
        return run(candidates(), pictures, false, progress);
    }

    /** @param inOrder whether the classes of the pictures are those of the network, in its order */
    private Input run(Map<String, String> candidates, ImageSet pictures, boolean inOrder, Progress progress)
            throws IOException {
        List<Tried> tried = new ArrayList<>();
        List<Integer> shape = List.of();
        String problem = "";
        int number = 0;
        for (Map.Entry<String, String> candidate : candidates.entrySet()) {
            int before = number++ * pictures.size();
            Progress all = (done, total) -> progress.report(before + done, (long) candidates.size() * total);
            try (Network opened = Network.open(
                    network, List.of(), settings.withPreprocessing(Preprocessing.parse(candidate.getKey())))) {
                shape = opened.inputShape();
                NetworkAnswers answers = NetworkAnswers.of(opened, pictures, all);
                ClassAssignment assignment = answers.assignment();
                tried.add(new Tried(
                        candidate.getValue(),
                        candidate.getKey(),
                        answers.wrong(label ->
                                inOrder ? label : assignment.output(label).orElse(-1)),
                        answers.nearestWrong()));
            } catch (IllegalArgumentException e) { // does not suit the input
                if (forced != null && candidate.getValue().equals(forcedName())) {
                    throw e;
                }
                problem = String.valueOf(e.getMessage());
            }
        }
        if (tried.isEmpty()) {
            throw new IllegalArgumentException("no preparation of pictures suits the network: " + problem
                    + "; give one with --preprocess, such as resize=256,crop=224");
        }
        boolean known = tried.stream().anyMatch(each -> each.wrong.cardinality() <= (1 - KNOWN) * pictures.size());
        return found(tried, known, shape, pictures);
    }

    private Input found(List<Tried> tried, boolean known, List<Integer> shape, ImageSet pictures) throws IOException {
        Comparator<Tried> best =
                Comparator.comparingInt(each -> wrong(each, known).cardinality());
        List<Tried> sorted = tried.stream().sorted(best).toList();
        Tried least = sorted.get(0);
        Tried taken = forced == null
                ? least
                : sorted.stream()
                        .filter(each -> each.name.equals(forcedName()))
                        .findFirst()
                        .orElse(least);
        String warning = "";
        if (Gain.of(wrong(taken, known), wrong(least, known), pictures.size()).p() < CLEAR) {
            warning =
                    "another preparation of the pictures is clearly better than --preprocess " + taken.name + ": with "
                            + least.name + " the error on the same " + pictures.size() + " pictures is "
                            + Format.fixed(100 * error(least, known, pictures), 1) + " %, not "
                            + Format.fixed(100 * error(taken, known, pictures), 1) + " %; give --preprocess "
                            + (least.steps.isEmpty() ? "none" : least.steps);
        }
        return new Input(
                shape.toString().replace('[', '(').replace(']', ')'),
                sizeWords(),
                pictures.size(),
                known
                        ? "wrong answers of the network, with each class given the answer that it gets most often"
                        : "pictures whose most similar other picture, by the network's answers, has another class",
                sorted.stream()
                        .map(each -> new Preparation(each.name, each.steps, error(each, known, pictures)))
                        .toList(),
                taken.steps,
                "Preparation \"" + taken.name + "\" was taken, because "
                        + (forced == null ? "it has the fewest errors." : "you asked for it."),
                warning);
    }

    private static double error(Tried tried, boolean known, ImageSet pictures) {
        return (double) wrong(tried, known).cardinality() / pictures.size();
    }

    private static BitSet wrong(Tried tried, boolean known) {
        return known ? tried.wrong : tried.nearestWrong;
    }

    private String forcedName() {
        return forced == null || forced.toString().isEmpty() ? "none" : forced.toString();
    }

    /** Returns the name of each preparation by its steps. */
    private Map<String, String> candidates() throws IOException {
        Map<String, String> candidates = new LinkedHashMap<>();
        String usual = steps(Preset.IMAGENET.text());
        String geometry = Arrays.stream(usual.split(","))
                .filter(step -> step.startsWith("resize=") || step.startsWith("crop="))
                .collect(Collectors.joining(","));
        String unchanged = unchanged();
        String size = unchanged.isEmpty() ? geometry : unchanged;
        candidates.put(size, "values 0 to 1");
        candidates.putIfAbsent(size + ",scale=255", "values 0 to 255");
        if (unchanged.isEmpty()) {
            String whole = Arrays.stream(steps(Preset.IMAGENET_TF.text()).split(","))
                    .filter(step -> step.startsWith("resize="))
                    .collect(Collectors.joining(","));
            candidates.putIfAbsent(whole, "values 0 to 1, whole picture");
        }
        for (Preset preset : Preset.values()) {
            if (preset != Preset.NONE) {
                candidates.putIfAbsent(steps(preset.text()), preset.text());
            }
        }
        if (forced != null) {
            String steps = steps(forced.toString());
            candidates.remove(steps);
            candidates.put(steps, forcedName());
        }
        return candidates;
    }

    /** Returns the steps of a preset for the network's input. */
    private String steps(String text) throws IOException {
        try (Network opened = Network.open(network, List.of(), settings.withPreprocessing(Preprocessing.parse(text)))) {
            return opened.settings().preprocessing().toString();
        }
    }

    /**
     * Returns the step that leaves the pictures unchanged and makes others fit, so that the index takes any; empty unless all have
     * the size that the network takes.
     */
    private String unchanged() throws IOException {
        try (Network opened = Network.open(network, List.of(), settings.withPreprocessing(Preprocessing.NONE))) {
            List<Integer> shape = opened.inputShape();
            int first = shape.get(0) == Image.CHANNELS ? 1 : 0;
            Size size = new Size(shape.get(first + 1), shape.get(first));
            String exact = size.width() + "x" + size.height();
            return !sizes.equals(Set.of(size))
                    ? ""
                    : "resize=" + (size.width() == size.height() ? size.width() : exact);
        } catch (IllegalArgumentException e) { // leaves its size open
            return "";
        }
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
