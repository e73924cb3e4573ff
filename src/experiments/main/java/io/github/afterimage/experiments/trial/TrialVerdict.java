package io.github.afterimage.experiments.trial;

import io.github.afterimage.experiments.ClassMatch;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.experiments.trial.TrialResult.Rival;
import io.github.afterimage.model.evaluation.Prediction;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The answer to the question whether a memory helps, in a word and in sentences.
 *
 * @param word the answer in a word
 * @param doubt sentences on what has to be settled before the finding counts; empty for none
 * @param finding sentences on what was measured
 * @param more a sentence on how many more pictures would decide; empty where those that there are decide, or no
 *     number would
 */
public record TrialVerdict(Word word, String doubt, String finding, String more) {

    /** The answer in a word. */
    public enum Word {
        /** Network and memory have fewer errors together, and chance is an unlikely explanation; or the memory is useful alone. */
        HELPS,
        /** The difference may be chance. */
        WITHIN_CHANCE,
        /** No difference could be told from chance with so few examples. */
        TOO_FEW,
        /** There is nothing to gain. */
        DO_NOT_BOTHER,
        /**
         * The preprocessing or the order of the classes is probably wrong, or related pictures cannot be told from others: nothing
         * that was measured counts.
         */
        DOUBTFUL
    }

    /** From so many test examples on, an error of some percent can be told from another. */
    private static final int MANY = 500;

    /** So many changes can show a difference: McNemar's p is 0.03 if all are corrections, and 0.06 for one change less. */
    private static final int DECISIVE = 6;

    /** How the number of pictures grows in the search for one that decides, and its end. */
    private static final double STEP = 1.1;

    private static final double MOST_TIMES = 1000;

    /** A memory that spares less than this share of the network's errors is not worth its cost. */
    private static final double WORTH = 0.05;

    /** Judges network and memory by their errors on the test examples of all divisions. */
    static TrialVerdict of(List<TestedDivision> divisions, ClassMatch classes) {
        return of(TestedDivision.accuracy(divisions), largestClass(TestedDivision.predictions(divisions)))
                .without(classes, divisions);
    }

    /** Returns all sentences: the doubts, the finding, the number of pictures that would decide. */
    public String sentence() {
        return (doubt.isEmpty()
                        ? finding
                        : doubt + " Measured in spite of that, "
                                + finding.substring(0, 1).toLowerCase(Locale.ROOT) + finding.substring(1))
                + (more.isEmpty() ? "" : " " + more);
    }

    private static TrialVerdict found(Word word, String finding) {
        return new TrialVerdict(word, "", finding, "");
    }

    /** Judges network and memory by its errors on the test examples. */
    static TrialVerdict of(Accuracy accuracy, double largestClass) {
        return accuracy.best()
                .map(best -> together(accuracy, best).after(accuracy.owed()))
                .orElseGet(() -> alone(accuracy, largestClass));
    }

    /**
     * Judges a gain without the classes whose match is doubtful, if these are few: those that are matched wrongly make the network
     * look worse than it is.
     */
    TrialVerdict without(ClassMatch classes, List<TestedDivision> divisions) {
        List<Integer> doubtful = classes.doubtful();
        if (classes.isDoubtful() && word != Word.TOO_FEW) {
            return under(
                    classes.doubt()
                            + " Name the folders as the network's classes, put labels.txt with these names, in its"
                            + " order, beside the network, or correct outputs.txt and run commands.sh. Wrong labels look like this too.");
        }
        if (word != Word.HELPS || doubtful.isEmpty()) {
            return this;
        }
        String some = "(" + doubtful.size() + " of " + classes.data() + ")";
        Predicate<TestedAnswer> sure =
                each -> !doubtful.contains(each.prediction().label());
        boolean any =
                divisions.stream().anyMatch(each -> each.answers().stream().anyMatch(sure));
        Gain gain = any
                ? TestedDivision.accuracy(divisions, sure).best().orElseThrow().gain()
                : null;
        return gain != null && gain.isClear()
                ? found(
                        word,
                        finding + " Without the classes whose match is doubtful " + some + ", the memory corrects "
                                + Format.count(gain.corrected()) + " and breaks " + Format.count(gain.broken()) + ".")
                : under("The match of some classes " + some + " is doubtful, and the others show no clear gain: correct"
                        + " outputs.txt where it is wrong, and run commands.sh.");
    }

    /** Puts a sentence before the finding; empty for none. */
    private TrialVerdict after(String first) {
        return first.isEmpty() ? this : new TrialVerdict(word, doubt, first + " " + finding, more);
    }

    /** Doubts a gain that related examples may have made: without it, they would have made the memory look better too. */
    TrialVerdict ifAnyGain(String doubt) {
        return word == Word.HELPS ? under(doubt) : this;
    }

    /**
     * Puts a doubt before the others: what was measured does not count before it is settled.
     *
     * @param first sentences; empty for none
     */
    TrialVerdict under(String first) {
        return first.isEmpty()
                ? this
                : new TrialVerdict(Word.DOUBTFUL, doubt.isEmpty() ? first : first + " " + doubt, finding, more);
    }

    /** Returns the share of the largest class. */
    static double largestClass(List<Prediction> predictions) {
        long largest =
                predictions.stream()
                        .collect(Collectors.groupingBy(Prediction::label, Collectors.counting()))
                        .values()
                        .stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElse(0);
        return (double) largest / predictions.size();
    }

    private static TrialVerdict together(Accuracy accuracy, Rival best) {
        Errors network = best.errors();
        Gain gain = best.gain();
        Errors together = accuracy.together().errors();
        double groups = (double) accuracy.groups() / accuracy.examples();
        if (network.wrong() == 0 && gain.examples() < MANY) {
            double most = network.interval().high();
            return tooFew(
                    ", because the " + best.name() + " has all " + Format.count(gain.examples())
                            + " test pictures right, and so few do not show which ones it gets wrong: up to "
                            + Format.fixed(100 * most, 1) + " % are possible (95 % interval).",
                    "At least " + about(DECISIVE / most) + " more test pictures would tell.");
        }
        if (network.wrong() == 0) {
            return doNotBother("the " + best.name() + " has all " + Format.count(gain.examples())
                    + " test pictures right: there is"
                    + " nothing to correct. If it was trained with them, test with others.");
        }
        String change = Format.count(network.wrong(), "error") + " of the " + best.name()
                + (network.wrong() == 1 ? " becomes " : " become ") + Format.count(together.wrong()) + " ("
                + Format.percent(network.error()) + " becomes " + Format.percent(together.error()) + "): of "
                + Format.count(gain.examples()) + " test pictures the memory corrects " + Format.count(gain.corrected())
                + " and breaks " + Format.count(gain.broken()) + ", "
                + (groups == 1
                        ? "McNemar's p "
                        : "p of an exact test of " + Format.count(accuracy.groups()) + " groups ")
                + probability(gain.p());
        if (gain.isClear()) {
            return found(
                    Word.HELPS,
                    "It helps: " + change + ". That is " + gain.avoidedErrors() + " fewer errors (95 % interval).");
        }
        if (gain.isClearLoss()) {
            return doNotBother(
                    (accuracy.hurts() ? "it hurts: " : "the " + best.name() + " is clearly better: ") + change + ".");
        }
        double most = mostFewer(gain, network.wrong());
        if (most < WORTH * network.wrong()) {
            return doNotBother("the memory changes next to nothing: " + change
                    + ". The memory is unlikely to avoid more than " + Format.count((long) most) + " of "
                    + Format.count(network.wrong()) + " errors (95 % interval).");
        }
        String more = more(gain, network.wrong(), groups, accuracy.share());
        String hardly = more.isEmpty() ? " More pictures would hardly tell." : "";
        if (!gain.couldBeClear()) {
            return tooFew(
                    ": " + change + ". So few changes are within chance even if all are corrections." + hardly, more);
        }
        return new TrialVerdict(
                Word.WITHIN_CHANCE,
                "",
                (gain.corrected() <= gain.broken() ? "There is no gain: " : "The gain is within chance: ") + change
                        + "." + hardly,
                more);
    }

    private static TrialVerdict tooFew(String why, String more) {
        return new TrialVerdict(Word.TOO_FEW, "", "Too few pictures to tell" + why, more);
    }

    private static TrialVerdict doNotBother(String why) {
        return found(Word.DO_NOT_BOTHER, "Do not bother, because " + why);
    }

    /** Returns the greatest likely share of what did not occur among so many. */
    private static double noneOf(long trials) {
        return Interval.clopperPearson(0, trials, Gain.CONFIDENCE).high();
    }

    /** Returns how many errors fewer are still likely. */
    private static double mostFewer(Gain gain, long wrong) {
        return gain.changes() == 0
                ? wrong * noneOf(Math.max(1, Math.round(gain.share() * wrong)))
                : gain.fewerErrors().high();
    }

    /**
     * Returns a sentence on how many more pictures would decide, if all shares stay as they are; empty if hardly any number would.
     *
     * @param groups the number of groups for a picture, 1 without groups
     */
    private static String more(Gain gain, long wrong, double groups, double share) {
        for (double times = STEP; times < MOST_TIMES; times *= STEP) {
            Gain scaled = gain.times(times);
            if (scaled.isClear()
                    || scaled.isClearLoss()
                    || mostFewer(scaled, Math.round(times * wrong)) < WORTH * times * wrong) {
                double more = (times - 1) * gain.examples() * groups;
                String units = groups == 1 ? "pictures" : "groups of pictures";
                return "About "
                        + (share == 1
                                ? about(more) + " more test " + units
                                : about(TestedDivision.perTested(share) * more) + " more " + units)
                        + (scaled.isClear()
                                ? " would tell."
                                : " would rule out a gain that is worth having, if the shares stay as they are.");
            }
        }
        return "";
    }

    /** Rounds up to two digits. */
    private static String about(double pictures) {
        double unit = Math.pow(10, Math.max(0, Math.floor(Math.log10(pictures)) - 1));
        return Format.count((long) (Math.ceil(pictures / unit) * unit));
    }

    private static TrialVerdict alone(Accuracy accuracy, double largestClass) {
        Errors memory = accuracy.memory().errors();
        String errors = "the memory alone has " + Format.percent(memory.error()) + " errors on "
                + Format.count(accuracy.examples()) + " test examples (95 % interval "
                + Format.fixed(100 * memory.interval().low(), 2) + " to "
                + Format.fixed(100 * memory.interval().high(), 2)
                + "); always naming the largest class would have " + Format.percent(1 - largestClass);
        if (memory.interval().high() < 1 - largestClass) {
            return found(Word.HELPS, "It helps where the network cannot answer: " + errors + ".");
        }
        if (memory.error() < 1 - largestClass) {
            return found(Word.WITHIN_CHANCE, "The gain is within chance: " + errors + ".");
        }
        if (memory.interval().low() < (1 - largestClass) / 2) {
            return tooFew(": " + errors + ".", "");
        }
        return doNotBother("the memory knows nothing: " + errors + ".");
    }

    private static String probability(double p) {
        return String.format(Locale.ROOT, p < 1e-3 ? "%.1e" : "%.3f", p);
    }
}
