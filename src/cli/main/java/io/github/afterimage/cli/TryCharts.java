package io.github.afterimage.cli;

import io.github.afterimage.experiments.report.Decision;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.trial.TrialResult;
import io.github.afterimage.experiments.trial.TrialResult.CurvePoint;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.experiments.trial.TrialResult.WeightPoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The words, pictures and curves that only the page of {@code try} shows. */
record TryCharts(TrialResult result) {
    boolean hasNetwork() {
        return result.accuracy().network() != null && result.accuracy().overNetwork() != null;
    }

    void words(Page page) {
        page.terms(terms());
    }

    private Map<String, String> terms() {
        TrialResult.Keys keys = result.keys();
        Map<String, String> terms = new LinkedHashMap<>();
        if (hasNetwork()) {
            terms.put("Network", "The trained classifier alone. It gives each class a probability.");
        }
        terms.put(
                "Memory",
                Format.count(keys.count(), "labelled picture")
                        + ", each kept as a key: inner values of the network for it. A key "
                        + "votes for the class of its picture, and the more similar it is to a new one, the more its vote "
                        + "counts. θ\u00a0=\u00a0" + Format.number(hasNetwork() ? keys.theta() : keys.memoryTheta())
                        + " says how much more."
                        + (keys.beta() == 0
                                ? ""
                                : " The mean of all keys of a class counts too; β\u00a0=\u00a0"
                                        + Format.number(keys.beta()) + " says how much.")
                        + " Nothing is trained.");
        if (hasNetwork()) {
            terms.put(
                    "Together",
                    "The mixture of both: (1\u00a0−\u00a0λ)\u00a0×\u00a0network + λ\u00a0×\u00a0memory. λ is the weight of the memory, from 0, "
                            + "where the network answers alone, to 1, where the memory does; here λ\u00a0=\u00a0"
                            + Format.number(keys.lambda()) + ".");
        }
        terms.put("Test pictures", "Pictures that are not in the memory, and on which nothing was chosen.");
        terms.put(
                "95 % interval, p",
                "Other pictures of the same kind would give other figures; the interval tells by how much. p, of McNemar's test, "
                        + "is how often chance alone would give such a difference; below 0.05 chance is an unlikely explanation.");
        return terms;
    }

    void pictures(Page page) {
        Gain gain = result.accuracy().overNetwork();
        if (hasNetwork() && gain != null) {
            decisions(page, "Corrected: wrong without the memory, right with it", result.corrected(), gain.corrected());
            decisions(page, "Broken: right without the memory, wrong with it", result.broken(), gain.broken());
        } else {
            long wrong = result.accuracy().memory().wrong();
            decisions(page, "Right", result.corrected(), result.accuracy().examples() - wrong);
            decisions(page, "Wrong", result.broken(), wrong);
        }
    }

    private static void decisions(Page page, String heading, List<Decision> shown, long all) {
        page.heading(heading);
        if (shown.isEmpty()) {
            page.paragraph("There is no such test picture.");
            return;
        }
        page.paragraph(
                shown.size() == all
                        ? "All such test pictures, beside the remembered ones that decided. The share is the part of all votes "
                                + "that a remembered picture has."
                        : Format.count(shown.size()) + " of " + Format.count(all, "such test picture")
                                + ", beside the remembered ones that decided. The share is the part of all votes that a remembered "
                                + "picture has.");
        shown.forEach(page::decision);
    }

    void curve(Page page) {
        List<CurvePoint> curve = result.curve();
        if (curve.isEmpty()) {
            return;
        }
        double[] keys = curve.stream().mapToDouble(CurvePoint::keys).toArray();
        LineChart chart = new LineChart("labelled pictures in the memory", "errors, %");
        Errors network = result.accuracy().network();
        if (network != null) { // in the colours of the pictures above
            double error = 100 * network.error();
            chart.line("network", new double[] {keys[0], keys[keys.length - 1]}, new double[] {error, error});
        }
        chart.line("memory", keys, errors(curve, CurvePoint::memory));
        page.chart(network == null ? chart : chart.line("together", keys, errors(curve, CurvePoint::mixed)));
    }

    void weights(Page page) {
        List<WeightPoint> weights = result.weights();
        if (weights.isEmpty()) {
            return;
        }
        double[] lambdas = weights.stream().mapToDouble(WeightPoint::lambda).toArray();
        double[] errors =
                weights.stream().mapToDouble(point -> 100 * point.error()).toArray();
        int last = errors.length - 1;
        page.heading("How much should the memory weigh?");
        page.paragraph(
                "Errors on the tuning pictures over λ, the weight of the memory in the mixture, with θ\u00a0=\u00a0"
                        + Format.number(result.keys().theta()) + ". The λ with the fewest was taken.");
        page.chart(new LineChart("λ, the weight of the memory", "errors, %")
                .line("network", new double[] {lambdas[0], lambdas[last]}, new double[] {errors[0], errors[0]})
                .line("memory", new double[] {lambdas[last]}, new double[] {errors[last]})
                .line("together", lambdas, errors)
                .mark("taken", result.keys().lambda()));
    }

    private static double[] errors(List<CurvePoint> curve, Function<CurvePoint, Errors> voice) {
        return curve.stream()
                .mapToDouble(point -> 100 * voice.apply(point).error())
                .toArray();
    }
}
