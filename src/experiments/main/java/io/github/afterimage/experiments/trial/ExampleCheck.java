package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** Looks for likely mistakes in the division of examples and in the network's answers to them. */
record ExampleCheck(TrialExamples examples) {
    /**
     * Requires every class of the tuning and test examples to be in the memory.
     *
     * @param name what the memory is called
     */
    void requireClasses(String name) {
        boolean[] known = new boolean[examples.classes()];
        for (int i = 0; i < examples.memory().size(); i++) {
            known[examples.memory().label(i)] = true;
        }
        for (Examples part : List.of(examples.tuning(), examples.test())) {
            for (int i = 0; i < part.size(); i++) {
                if (!known[part.label(i)]) {
                    throw new IllegalArgumentException("class \"" + examples.className(part.label(i)) + "\" of "
                            + part.name(i) + " has no example in the memory, " + name
                            + ": a file may be sorted by class; name parts that have every class with --memory,"
                            + " --tuning and --test");
                }
            }
        }
    }

    /**
     * Returns a sentence on whether the network has seen the memory's examples.
     *
     * @param classes what is known of the classes
     * @param warnings receives another warning if the network's answers to the tuning examples call for one
     */
    String seen(Classes classes, List<String> warnings) throws IOException {
        NetworkCheck tuning = checked(examples.tuning());
        if (tuning.counted() == 0) {
            return "";
        }
        String warning = tuning.warning();
        boolean known = tuning.problem() == NetworkCheck.Problem.ORDER
                && !classes.doubtful().isEmpty();
        if (warning != null && !known) {
            warnings.add(warning);
        }
        NetworkCheck memory = checked(examples.memory());
        boolean trained = interval(memory).high() < interval(tuning).low();
        return String.format(
                Locale.ROOT,
                " The network errs on %.2f %% of the memory's examples and on %.2f %% of the tuning ones%s.",
                100 * memory.error(),
                100 * tuning.error(),
                trained ? ": it was trained with the memory's, and that is right" : "");
    }

    private static Interval interval(NetworkCheck check) {
        return Interval.clopperPearson(Math.round(check.error() * check.counted()), check.counted(), Gain.CONFIDENCE);
    }

    private static NetworkCheck checked(Examples examples) throws IOException {
        NetworkCheck check = new NetworkCheck(examples);
        check.examples().forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {});
        return check;
    }
}
