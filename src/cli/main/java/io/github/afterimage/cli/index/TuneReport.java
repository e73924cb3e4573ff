package io.github.afterimage.cli.index;

import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.RuleText;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.evaluation.Evaluation;

/**
 * Reports what {@code tune} found, beside what the network does alone at the same cost.
 *
 * @param share the share of the examples that may be above the threshold of doubt
 */
record TuneReport(Evaluation.Tuned found, double share) {

    void report(Report report, String data, Text index) {
        Tuner tuner = found.tuner();
        int best = tuner.views();
        Calibration answers = tuner.calibration(best, share);
        report.line("%s of %s", Text.count("examples", tuner.examples(), "example"), Text.value("data", data))
                .line(index)
                .line(RuleText.of(answers));
        Table table = new Table("lrrrr").row("on these examples", "error", "corrected", "broken", "-log p");
        if (tuner.hasNetwork()) {
            Pool plain = new Pool(tuner.rule(1).theta(), 1, 0, 0);
            row(table, "network", "network", plain, 1);
            for (int views = 1; views <= Calibration.MOST_VIEWS; views++) {
                if (tuner.hasViews(views)) {
                    String seen = views == 1 ? "" : ", two views";
                    String name = views == 1 ? "oneView" : "twoViews";
                    row(table, "network" + seen + ", calibrated", name + ".network", tuner.networkAlone(views), views);
                    row(table, "together" + seen, name + ".together", tuner.rule(views), views);
                }
            }
        }
        row(table, "memory alone", "memory", tuner.rule(Calibration.ALONE), Calibration.ALONE);
        report.table(table)
                .line("")
                .line(verdict(tuner, best))
                .line(views(tuner))
                .line(recognition(tuner.rule(best)))
                .line(doubt(answers.requireDoubt()));
        report.field("widenings", tuner.widenings()).field("thetas", tuner.thetas());
        if (tuner.bestIsFirstTheta() || tuner.bestIsLastTheta()) {
            report.line("The best theta is the " + (tuner.bestIsFirstTheta() ? "first" : "last")
                    + " of those that were tried: others with --theta may be better.");
        }
    }

    private void row(Table table, String words, String name, Pool rule, int views) {
        Tuner.Score score = found.tuner().score(rule, views);
        boolean network = found.tuner().hasNetwork() && !name.equals("network");
        table.row(
                words,
                Text.percent(name + ".error", score.error()),
                network ? Text.count(name + ".corrected", score.corrected()) : "",
                network ? Text.count(name + ".broken", score.broken()) : "",
                Text.fixed(name + ".logLoss", score.logLoss(), 3));
    }

    /** The verdict on the memory beside the network at the same cost: a word for programs, a sentence for people. */
    private static Text verdict(Tuner tuner, int views) {
        if (!tuner.hasNetwork()) {
            return Text.figure(
                    "verdict",
                    "memory-alone",
                    "There are no probabilities of a network of these classes: the memory is tuned to answer alone.");
        }
        Tuner.Score together = tuner.score(tuner.rule(views), views);
        Tuner.Score network = tuner.score(tuner.networkAlone(views), views);
        Gain gain = Gain.of(network.wrong(), together.wrong(), tuner.examples());
        String sentence = "Beside the network"
                + (views == 1 ? "" : " on two views") + ": " + gain.words()
                + " The rule was fitted to these examples, so this is slightly optimistic; evaluate on others.";
        return Text.figure(
                "verdict",
                gain.corrected() <= gain.broken() ? "no-help" : gain.isClear() ? "helps" : "within-chance",
                sentence);
    }

    /** Says what the mirror image costs and gives. */
    private static String views(Tuner tuner) {
        if (!tuner.hasViews(Calibration.MOST_VIEWS)) {
            return "";
        }
        return tuner.views() == Calibration.MOST_VIEWS
                ? "Two views make the true classes more probable: answers take them, in twice the network's time; --views 1"
                        + " answers by one."
                : "The mirror image does not make the true classes more probable: answers leave it out.";
    }

    private static Text recognition(Pool pool) {
        return pool.background() == Pool.NO_RECOGNITION
                ? Text.of(
                        "Recognises no picture: on these examples, that would do harm.%s",
                        Text.hidden("background", Double.NaN))
                : Text.of(
                        "Recognises a picture where its nearest key is clearly nearer than keys of other classes and than a score of %s.",
                        Text.figure("background", pool.background(), Format.fixed(pool.background(), 2)));
    }

    private static Text doubt(DoubtThreshold threshold) {
        return Text.of(
                "At most %s of the examples have a doubt above %s.",
                Text.percent("doubtShare", threshold.share()),
                Text.figure("doubtMost", threshold.most(), Format.fixed(threshold.most(), 2)));
    }
}
