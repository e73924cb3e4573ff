package io.github.afterimage.cli;

import io.github.afterimage.cli.output.Format;
import io.github.afterimage.experiments.report.Decision;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.trial.TrialResult;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.CurvePoint;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.experiments.trial.TrialResult.Input;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.experiments.trial.TrialResult.Part;
import io.github.afterimage.experiments.trial.TrialResult.WeightPoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes the page of {@code try}: the answer, pictures that show it, then curves, tables, and how it was found. */
record TryPage(TrialResult result) {
    Page page() {
        Page page = new Page(
                result.network().isEmpty() ? "Does a memory help?" : "Does a memory help " + result.network() + "?",
                result.sentence());
        result.warnings().forEach(warning -> page.note("Warning: " + warning));
        page.terms(terms());
        if (hasNetwork()) {
            decisions(
                    page,
                    "Corrected: wrong without the memory, right with it",
                    result.corrected(),
                    overNetwork().corrected());
            decisions(
                    page,
                    "Broken: right without the memory, wrong with it",
                    result.broken(),
                    overNetwork().broken());
        } else {
            long wrong = result.accuracy().memory().wrong();
            decisions(page, "Right", result.corrected(), result.accuracy().examples() - wrong);
            decisions(page, "Wrong", result.broken(), wrong);
        }
        curve(page);
        weights(page);
        accuracy(page);
        costs(page);
        choices(page);
        page.heading("Go on");
        page.paragraph("These commands make, tune and test the same index, and use it.");
        page.code(String.join("\n", result.commands()));
        page.note("The trial took " + Format.seconds(result.effort().seconds()) + " and at most "
                + Format.bytes(result.effort().peakBytes()) + " of memory.");
        return page;
    }

    private boolean hasNetwork() {
        return result.accuracy().network() != null && result.accuracy().overNetwork() != null;
    }

    private Gain overNetwork() {
        return Objects.requireNonNull(result.accuracy().overNetwork());
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
                        + " says how much more. Nothing is trained.");
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

    private void curve(Page page) {
        List<CurvePoint> curve = result.curve();
        if (curve.isEmpty()) {
            return;
        }
        double[] keys = curve.stream().mapToDouble(CurvePoint::keys).toArray();
        page.heading("How many labelled pictures does it take?");
        page.paragraph("Errors on the test pictures when the memory has only some of its pictures. "
                + (hasNetwork() ? "θ and λ are" : "θ is") + " tuned for each number.");
        LineChart chart = new LineChart("labelled pictures in the memory", "errors, %");
        Errors network = result.accuracy().network();
        if (network != null) { // in the colours of the pictures above
            double error = 100 * network.error();
            chart.line("network", new double[] {keys[0], keys[keys.length - 1]}, new double[] {error, error});
        }
        chart.line("memory", keys, errors(curve, CurvePoint::memory));
        page.chart(network == null ? chart : chart.line("together", keys, errors(curve, CurvePoint::mixed)));
    }

    private void weights(Page page) {
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

    private void accuracy(Page page) {
        Accuracy accuracy = result.accuracy();
        Gain gain = accuracy.overNetwork();
        page.heading("In numbers");
        page.table(
                List.of("", "error", "95 % interval", "wrong", "corrected", "broken", "p"),
                Stream.of(
                                row("network", accuracy.network(), null),
                                row("memory", accuracy.memory(), null),
                                row("together", gain == null ? null : accuracy.mixed(), gain),
                                row("linear read-out", accuracy.readout(), null))
                        .flatMap(List::stream)
                        .toList());
        String compared = gain == null ? "" : "Corrected, broken and p compare both together with the network alone. ";
        Gain over = accuracy.overReadout();
        page.note(Format.count(accuracy.examples(), "test picture") + ". " + compared
                + (accuracy.readout() == null || over == null
                        ? ""
                        : "The linear read-out is the usual alternative to a memory: a logistic regression that is trained on the same "
                                + "keys. Of the answers in which it differs, "
                                + (gain == null ? "the memory" : "the mixture")
                                + " alone is right in " + Format.count(over.corrected()) + " and the read-out alone in "
                                + Format.count(over.broken()) + " (p " + Format.probability(over.p()) + ")."));
    }

    /** One row, or none where there is no such classifier. */
    private static List<List<String>> row(String name, @Nullable Errors errors, @Nullable Gain gain) {
        return errors == null
                ? List.of()
                : List.of(List.of(
                        name,
                        Format.percent(errors.error()),
                        Format.percentages(
                                errors.interval().low(), errors.interval().high()),
                        Format.count(errors.wrong()),
                        gain == null ? "" : Format.count(gain.corrected()),
                        gain == null ? "" : Format.count(gain.broken()),
                        gain == null ? "" : Format.probability(gain.p())));
    }

    private void costs(Page page) {
        page.heading("What it costs");
        page.paragraph(
                "Keys can be stored in shorter forms: with fewer values (pca), or with fewer bytes for each value (bf16, i8). "
                        + "The errors are those on the pictures that the form was chosen on.");
        page.table(
                List.of("keys", "memory", "to build", "a query", "errors", ""),
                result.costs().stream()
                        .map(cost -> List.of(
                                cost.keys(),
                                Format.bytes(cost.bytes()),
                                Format.seconds(cost.buildSeconds()),
                                Format.fixed(cost.queryMillis(), 3) + " ms",
                                Format.percent(cost.tuningError()),
                                cost.chosen() ? "taken" : ""))
                        .toList());
        page.note(
                "To build: with the network's time for all pictures of the memory. A query: one among many, without the network"
                        + (result.effort().networkMillis() > 0
                                ? ", which takes "
                                        + Format.fixed(result.effort().networkMillis(), 1) + " ms a picture."
                                : "."));
    }

    private void choices(Page page) {
        page.heading("What was chosen, and why");
        page.paragraph(result.data().division() + " " + result.data().advice());
        page.table(
                List.of("part", "data", "examples", "of the smallest class"),
                List.of(
                        part("memory", result.data().memory()),
                        part("tuning", result.data().tuning()),
                        part("test", result.data().test())));
        Input input = result.input();
        if (input != null) {
            page.paragraph(
                    "Preprocessing. The network reads " + input.shape() + ", and the pictures have " + input.pictures()
                            + ". " + input.reason() + " Errors on " + Format.count(input.sample(), "picture") + ": "
                            + input.measure() + ".");
            page.table(
                    List.of("preprocessing", "errors", "--preprocess"),
                    input.tried().stream()
                            .map(tried -> List.of(tried.name(), Format.percent(tried.error()), tried.typed()))
                            .toList());
        }
        page.paragraph("Classes. " + result.classes().sentence());
        Layers layers = result.layers();
        if (layers != null) {
            page.paragraph("Layers, whose values are the key. " + layers.reason());
            if (!layers.tried().isEmpty()) {
                page.table(
                        List.of("layer alone, " + Format.count(layers.keys(), "key"), "together", "memory"),
                        layers.tried().stream()
                                .map(tried -> List.of(
                                        tried.layer(),
                                        Format.percent(tried.mixedError()),
                                        Format.percent(tried.memoryError())))
                                .toList());
            }
        }
        page.paragraph("Keys. " + result.keys().reason());
    }

    private static List<String> part(String name, Part part) {
        return List.of(name, part.specification(), Format.count(part.size()), Format.count(part.fewest()));
    }
}
