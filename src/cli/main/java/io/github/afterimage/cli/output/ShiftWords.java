package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.shift.Comparison;
import io.github.afterimage.experiments.shift.ShiftErrors;
import io.github.afterimage.experiments.shift.ShiftErrors.Learned;
import io.github.afterimage.experiments.shift.ShiftResult;
import io.github.afterimage.experiments.shift.StreamErrors;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** Sentences about what a memory is worth on changed images. */
record ShiftWords(ShiftResult found) {
    private Learned last() {
        return found.shifts().get(0).last();
    }

    /** {@code 100 of each class}. */
    String received() {
        return Format.count(last().perClass()) + " of each class";
    }

    private Comparison compared(List<ShiftErrors> shifts) {
        return found.compare(shifts, shift -> shift.last().mixed(), ShiftErrors::network);
    }

    /** The result in a sentence or two. */
    String headline() {
        Comparison all = compared(found.shifts());
        String images = "With " + Format.count(last().perClass(), "labelled image") + " of each class in the memory, ";
        String rates = Format.percent(all.baseline()) + " to " + Format.percent(all.error());
        String interval = " (95 % interval of the difference: " + interval(all) + " points). Nothing is trained.";
        return images
                + (all.isBetter()
                        ? "the errors on corrupted images fall from " + rates
                        : all.isWorse()
                                ? "the errors on corrupted images rise from " + rates
                                : "the errors on corrupted images do not clearly change: " + rates)
                + interval;
    }

    /** {@code 6.80 to 7.44}, of the errors that are fewer. */
    static String interval(Comparison comparison) {
        return Format.fixed(100 * comparison.fewer().low(), 2) + " to "
                + Format.fixed(100 * comparison.fewer().high(), 2);
    }

    /** Says what the clean memory, new θ and λ, and new keys each do. */
    String sources() {
        Comparison keys = found.compare(found.shifts(), shift -> shift.last().mixed(), shift -> shift.last()
                .withoutKeys());
        return "The clean memory has " + Format.percent(found.error(found.shifts(), ShiftErrors::memory)) + ", and "
                + Format.percent(keys.baseline())
                + " with the theta and lambda that the received images lead to. As keys, "
                + "they make it " + Format.percent(keys.error())
                + (keys.isBetter() ? "" : keys.isWorse() ? ", which is worse" : ", no clear difference")
                + ". A memory of the received images only, without the clean keys, has "
                + Format.percent(
                        found.error(found.shifts(), shift -> shift.last().withoutClean()))
                + ".";
    }

    /** Shifts under a name. */
    private record Group(String title, List<ShiftErrors> shifts) {}

    private List<Group> corruptions() {
        return found.corruptions().stream()
                .map(corruption -> new Group(corruption.title(), found.of(corruption)))
                .toList();
    }

    private List<Group> strengths() {
        return found.of(found.corruptions().get(0)).stream()
                .map(ShiftErrors::strength)
                .map(strength -> new Group(
                        strength.toString(),
                        found.shifts().stream()
                                .filter(shift -> shift.strength() == strength)
                                .toList()))
                .toList();
    }

    /** Says against which corruptions the memory helps. */
    String where() {
        return verdicts(
                corruptions(),
                this::compared,
                "The memory clearly helps against ",
                "The memory clearly hurts against ",
                "The memory makes no clear difference for ");
    }

    /** Makes a sentence of the groups for which a method is better, and so on. */
    private static String verdicts(
            List<Group> groups,
            Function<List<ShiftErrors>, Comparison> comparison,
            String better,
            String worse,
            String neither) {
        return (sentence(better, titles(groups, comparison, Comparison::isBetter))
                        + sentence(worse, titles(groups, comparison, Comparison::isWorse))
                        + sentence(neither, titles(groups, comparison, each -> !each.isBetter() && !each.isWorse())))
                .strip();
    }

    private static List<String> titles(
            List<Group> groups, Function<List<ShiftErrors>, Comparison> comparison, Predicate<Comparison> chosen) {
        return groups.stream()
                .filter(group -> chosen.test(comparison.apply(group.shifts)))
                .map(Group::title)
                .toList();
    }

    private static String sentence(String begin, List<String> names) {
        if (names.isEmpty()) {
            return "";
        }
        int last = names.size() - 1;
        String all = last == 0 ? names.get(0) : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
        return begin + all + ". ";
    }

    /** Says what clean images lose. */
    String clean() {
        Comparison after = found.compareClean(found.shifts(), Learned::clean);
        String rates = Format.percent(after.baseline()) + " of them are wrong before and "
                + Format.percent(after.error()) + " after";
        String begin = after.isWorse() ? "suffer" : after.isBetter() ? "gain" : "do not suffer";
        Comparison retuned = found.compareClean(found.shifts(), Learned::cleanRetuned);
        return "Clean images " + begin + ": " + rates
                + ", with the theta and lambda of clean images. With those of the corrupted "
                + "ones it would be " + Format.percent(retuned.error())
                + (retuned.isWorse() ? ": each source of images needs its own." : ".");
    }

    /** Compares with linear read-outs. */
    String readout() {
        Comparison all = besideReadout(found.shifts());
        return "A linear read-out of the same keys, trained with the received images, has "
                + Format.percent(all.baseline())
                + ", " + (all.isBetter() ? "more than" : all.isWorse() ? "less than" : "about as many as")
                + " the memory with " + Format.percent(all.error()) + ". "
                + verdicts(
                        corruptions(),
                        this::besideReadout,
                        "The memory is clearly better against ",
                        "The read-out is clearly better against ",
                        "They are about equal against ")
                + " "
                + verdicts(
                        strengths(),
                        this::besideReadout,
                        "Of the strengths, the memory is clearly better at ",
                        "Of the strengths, the read-out is clearly better at ",
                        "They are about equal at strength ")
                + readoutOfAll();
    }

    private Comparison besideReadout(List<ShiftErrors> shifts) {
        return found.compare(shifts, shift -> shift.last().mixed(), shift -> shift.last()
                .readout()
                .wrong());
    }

    private String readoutOfAll() {
        List<ShiftErrors> some = found.withReadoutOfAll();
        if (some.isEmpty()) {
            return "";
        }
        Comparison beside = found.compare(
                some, shift -> shift.last().mixed(), shift -> ofAll(shift).wrong());
        return " At strength " + some.get(0).strength()
                + ", a read-out that is trained again with all keys, clean and received, has "
                + Format.percent(beside.baseline()) + ", where the memory has " + Format.percent(beside.error())
                + (beside.isBetter()
                        ? "."
                        : beside.isWorse() ? ": the read-out is better there." : ": no clear difference.");
    }

    private static ShiftErrors.Readout ofAll(ShiftErrors shift) {
        return Objects.requireNonNull(shift.readoutOfAll());
    }

    /** Says how long it takes until received images count. */
    String time() {
        List<ShiftErrors> some = found.withReadoutOfAll();
        return "To learn " + received() + ", the memory takes "
                + median(found.shifts(), shift -> shift.last().addSeconds()) + ", and then "
                + median(found.shifts(), shift -> shift.last().tuneSeconds())
                + " to find theta and lambda; a read-out takes "
                + median(found.shifts(), shift -> shift.last().readout().seconds())
                + (some.isEmpty()
                        ? ""
                        : ", one of all keys "
                                + median(some, shift -> ofAll(shift).seconds()))
                + " (medians, after the network has run).";
    }

    private static String median(List<ShiftErrors> shifts, ToDoubleFunction<ShiftErrors> seconds) {
        double[] sorted = shifts.stream().mapToDouble(seconds).sorted().toArray();
        return Format.fixed(sorted[sorted.length / 2], 3) + " s";
    }

    /** Says how theta and lambda follow from the received images. */
    String tuning() {
        return "The memory is asked with theta, its sharpness, and lambda, its weight in the answer. After a change they are tuned "
                + "on the received images only: each is answered by all keys but its own, and the point with the fewest errors is "
                + "taken if its errors are clearly fewer than those of the point before (McNemar's test, p < 0.05); else nothing "
                + "changes.";
    }

    /** Introduces the mixed stream. */
    String stream(StreamErrors stream) {
        return "A stream of " + Format.count(stream.phase(), "image") + " of each kind, with strength "
                + stream.strength() + ", one kind after the other. Labels arrive after every "
                + Format.count(stream.every(), "image")
                + ": each batch is predicted first, then its images become keys beside "
                + "the clean ones, and theta and lambda follow the last batches. The clean memory learns nothing.";
    }
}
