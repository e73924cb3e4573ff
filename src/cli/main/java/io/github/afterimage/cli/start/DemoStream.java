package io.github.afterimage.cli.start;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.PrequentialErrors;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.BitSet;

/**
 * The second act of {@code demo}: an index learns blurred images while they arrive.
 *
 * @param curve errors on the blurred images
 * @param before errors on clean images without the blurred ones as keys
 * @param clean what the blurred ones as keys change on clean images; θ, λ and β are those of the index
 * @param swapped errors on clean images with the blurred ones as keys and the θ, λ and β of the last batch
 */
record DemoStream(PrequentialErrors curve, long before, Gain clean, long swapped) {
    private static final int BATCH = 500;
    private static final double[] THETAS = Tuner.grid(20, 100, 5);
    private static final double[] LAMBDAS = Tuner.grid(0, 1, 21);

    /**
     * @param index learns
     * @param clean other images than the blurred ones
     */
    static DemoStream measure(CacheIndex index, Examples blurred, Examples clean, Progress progress)
            throws IOException {
        Hyperparameters tuned = Hyperparameters.of(index.attributes());
        BitSet before = errors(index, clean, tuned, progress);
        Tuner grid = Demo.grid(tuned, THETAS, new double[] {0}, LAMBDAS);
        PrequentialErrors curve = PrequentialErrors.measure(index, blurred, BATCH, tuned, grid, progress);
        BitSet after = errors(index, clean, tuned, progress);
        BitSet swapped = errors(index, clean, last(curve).used(), progress);
        Gain changed = Gain.of(before, after, clean.size());
        return new DemoStream(curve, before.cardinality(), changed, swapped.cardinality());
    }

    private static PrequentialErrors.Batch last(PrequentialErrors curve) {
        return curve.batches().get(curve.batches().size() - 1);
    }

    private static BitSet errors(CacheIndex index, Examples examples, Hyperparameters tuned, Progress progress)
            throws IOException {
        BitSet errors = new BitSet();
        new Evaluation(index, examples)
                .predict(
                        tuned,
                        tuned,
                        progress,
                        prediction -> errors.set(prediction.example(), prediction.mixed() != prediction.label()));
        return errors;
    }

    /** Returns the errors on clean images with the blurred ones as keys. */
    long after() {
        return before - clean.corrected() + clean.broken();
    }

    /** Tells what learning the blurred images does to clean ones. */
    String words() {
        String verdict = clean.isClearLoss() ? "suffer" : clean.isClear() ? "gain" : "do not suffer";
        return "Clean images " + verdict + ": of " + Format.count(clean.examples()) + " others, " + Format.count(before)
                + " are wrong before and " + Format.count(after()) + " after" + interval() + ".";
    }

    private String interval() {
        if (clean.corrected() + clean.broken() == 0) {
            return ", and no answer changes between right and wrong";
        }
        Interval fewer = clean.fewerErrors();
        return " (95 % interval of the difference: " + difference(fewer.high()) + " to " + difference(fewer.low())
                + ")";
    }

    /** {@code 12 fewer}, {@code 3 more}. */
    private static String difference(double fewer) {
        return Format.count(Math.round(Math.abs(fewer))) + (fewer > 0 ? " fewer" : " more");
    }

    /** Tells why cameras do not share θ, λ and β. */
    String swappedWords() {
        return "That is with what the index is tuned to. With what is best for the blurred images, "
                + Text.hyperparameters(last(curve).used()) + ", " + Format.count(swapped)
                + " clean images would be wrong: all cameras share one memory, but each is tuned by itself.";
    }
}
