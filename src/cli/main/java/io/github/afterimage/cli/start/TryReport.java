package io.github.afterimage.cli.start;

import io.github.afterimage.answer.Calibration;
import io.github.afterimage.cli.output.ClassReport;
import io.github.afterimage.experiments.LabelSuspects;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Decision;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.RuleText;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.trial.TrialResult;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Cost;
import io.github.afterimage.experiments.trial.TrialResult.CurvePoint;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.experiments.trial.TrialResult.Input;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.experiments.trial.TrialResult.Part;
import io.github.afterimage.experiments.trial.TrialResult.Rival;
import io.github.afterimage.experiments.trial.TrialResult.TriedLayer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reports what a trial found: five lines, of which the table of errors is one, and the page. Only the page has pictures and curves. */
record TryReport(TrialResult result) {
    private static final int SHOWN = 5;

    /** A smaller error is a sign that the network was trained with the pictures. */
    private static final double SEEN = 0.01;

    /** Adds the figures for programs, and the five lines. */
    void summary(Report report, Path commands, Path page) {
        fields(report);
        String words = errorsInWords();
        report.line(word() + ": " + words.substring(0, 1).toLowerCase(Locale.ROOT) + words.substring(1))
                .table(errors())
                .line("");
        report.line("Doubtful: " + String.join(" ", doubts()))
                .line("Costs: " + cost())
                .line("Next: %s The page %s says all else.", next(commands), Text.value("page", page.toString()));
    }

    /** Adds all that was found, in the order of the page. */
    void details(Report report) {
        report.titled(word(), errorsInWords());
        accuracy(report);
        report.heading("What is doubtful");
        doubts().forEach(report::line);
        result.warnings().forEach(warning -> report.onPage(page -> page.paragraph("Warning: " + warning)));
        suspects(report);
        new ClassReport(result.classErrors(), result.data().classNames()).report(report);
        curve(report);
        costs(report);
        report.heading("What was chosen, and why");
        data(report);
        input(report);
        report.line("").line("Classes. " + result.classes().sentence());
        layers(report);
        report.line("")
                .line(keys())
                .line("")
                .line(
                        "The trial took %s and at most %s of memory.",
                        Format.seconds(result.effort().seconds()),
                        Format.bytes(result.effort().peakBytes()))
                .onPage(this::pictures)
                .onPage(page -> page.heading("Go on")
                        .paragraph("These commands make, tune and test the same index, and use it.")
                        .code(String.join("\n", result.commands()))
                        .folded("Words", this::terms));
    }

    private String word() {
        return switch (result.verdict().word()) {
            case HELPS -> "Helps";
            case WITHIN_CHANCE -> "No clear gain";
            case DO_NOT_BOTHER -> result.accuracy().hurts() ? "Hurts" : "No gain";
            case TOO_FEW, DOUBTFUL -> "Cannot tell";
        };
    }

    private String errorsInWords() {
        Accuracy accuracy = result.accuracy();
        return "Of " + Format.count(accuracy.examples(), "test picture") + ", "
                + (hasNetwork()
                        ? "the network has " + wrong(accuracy.rival(Rival.PLAIN)) + " wrong, and both together "
                                + wrong(accuracy.together()) + "."
                        : "the memory" + (result.network().isEmpty() ? "" : ", without the network,") + " has "
                                + wrong(accuracy.memory()) + " wrong.")
                + Stream.concat(
                                accuracy.best().filter(best -> !best.name().equals(Rival.PLAIN)).stream(),
                                Stream.of(accuracy.probe()).filter(this::isBetter))
                        .map(rival -> " The " + rival.name() + " has " + wrong(rival) + ".")
                        .collect(Collectors.joining())
                + (accuracy.owed().isEmpty() ? "" : " " + accuracy.owed());
    }

    private boolean isBetter(Rival rival) {
        return rival.errors().wrong() < result.accuracy().together().errors().wrong();
    }

    private static String wrong(Rival answer) {
        return Format.count(answer.errors().wrong()) + " (" + percent(answer.errors()) + ")";
    }

    private String name(int label) {
        List<String> names = result.data().classNames();
        return label < names.size() ? names.get(label) : "class " + label;
    }

    private List<String> doubts() {
        List<String> doubts = new ArrayList<>();
        if (!result.verdict().doubt().isEmpty()) {
            doubts.add(result.verdict().doubt());
            if (result.accuracy().best().filter(best -> best.gain().isClear()).isPresent()) {
                doubts.add("A small p only says that chance did not make the difference; this may have.");
            }
        } else if (!result.classes().doubtful().isEmpty()) {
            doubts.add("The network's outputs for "
                    + Format.count(result.classes().doubtful().size()) + " of "
                    + Format.count(result.classes().data(), "class") + ".");
        }
        if (!hasNetwork() && !result.network().isEmpty()) {
            doubts.add(result.classes().sentence());
        }
        result.classErrors().alike().stream()
                .limit(result.verdict().doubt().isEmpty() ? SHOWN : 0)
                .forEach(pair -> doubts.add("Perhaps " + name(pair.first()) + " and " + name(pair.second())
                        + " are one class: of " + Format.count(pair.firsts(), "picture") + " of " + name(pair.first())
                        + ", " + Format.count(pair.firstsTaken()) + " are taken for " + name(pair.second())
                        + ", and of "
                        + Format.count(pair.seconds()) + " of " + name(pair.second()) + ", "
                        + Format.count(pair.secondsTaken()) + " for " + name(pair.first()) + "."));
        if (result.data().related() > 0 && result.verdict().doubt().isEmpty()) {
            doubts.add(Format.count(result.data().related(), "picture")
                    + " seem to show the scenes of others: they stay together, and a scene counts once.");
        }
        if (result.accuracy().probe().gain().isClearLoss()) {
            doubts.add("A linear probe of the same keys has fewer errors (p "
                    + Format.probability(result.accuracy().probe().gain().p()) + "): train one if you can.");
        }
        if (hasNetwork() && result.accuracy().rival(Rival.PLAIN).errors().error() < SEEN) {
            doubts.add(
                    "The network has hardly any of these test pictures wrong: if it was trained with some of them, it looks"
                            + " better than it is.");
        }
        if (!result.warnings().isEmpty()) {
            doubts.add("There " + (result.warnings().size() == 1 ? "is " : "are ")
                    + Format.count(result.warnings().size(), "warning") + ", on standard error and on the page.");
        }
        return doubts.isEmpty() ? List.of("Nothing that was found.") : doubts;
    }

    private String cost() {
        Cost cost = result.costs().stream().filter(Cost::chosen).findFirst().orElseThrow();
        double millis = result.effort().networkMillis();
        return (millis == 0
                        ? ""
                        : "the network takes about " + speed(millis)
                                + (hasNetwork() ? " with two views, " + speed(millis / 2) + " with one" : "") + "; ")
                + "the memory takes " + Format.bytes(cost.allBytes()) + ", and " + Format.fixed(cost.queryMillis(), 3)
                + " ms a query.";
    }

    private static String speed(double millis) {
        return Format.fixed(millis, 1) + " ms a picture (" + Format.rate(1, millis / 1000, "pictures") + ")";
    }

    private String next(Path commands) {
        String more =
                result.verdict().more().isEmpty() ? "" : " " + result.verdict().more();
        return switch (result.verdict().word()) {
            case HELPS -> commands + " makes the index and shows how to use it.";
            case DOUBTFUL -> "settle what is doubtful, and try again.";
            case TOO_FEW -> "try again with more labelled pictures." + more;
            case WITHIN_CHANCE ->
                "try more labelled pictures, another layer (--layers), or classes of your own." + more;
            case DO_NOT_BOTHER -> "try another layer (--layers), classes of your own, or leave the network alone.";
        };
    }

    private void fields(Report report) {
        report.field(
                        "verdict",
                        result.verdict().word().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .field("sentence", result.verdict().sentence())
                .field("more", result.verdict().more())
                .field("network", result.network())
                .field("data", result.data())
                .field("input", result.input())
                .field("classes", result.classes())
                .field("layers", result.layers())
                .field("keys", result.keys())
                .field("accuracy", result.accuracy())
                .field("divisions", result.divisions())
                .field("suspects", result.suspects())
                .field("costs", result.costs())
                .field("curve", result.curve())
                .field("commands", result.commands())
                .field("effort", result.effort());
    }

    private void accuracy(Report report) {
        Accuracy accuracy = result.accuracy();
        report.heading("In numbers")
                .table(errors())
                .onPage(page -> page.chart(chart()))
                .line("")
                .line(result.verdict().sentence());
        if (result.divisions().size() > 1) {
            report.line("")
                    .line(
                            "Each tested picture was tested once, by a memory of others. The memories of the %s divisions share"
                                    + " pictures, so the divisions are not independent: p and the intervals count a picture, or a"
                                    + " group, as %s of an independent one. The index that is left is the first division's.",
                            result.divisions().size(), Format.fixed(accuracy.share(), 2));
        }
        report.note(Format.count(accuracy.examples(), "test picture")
                + (accuracy.groups() < accuracy.examples()
                        ? " in " + Format.count(accuracy.groups(), "group") + ", which p and the intervals count. "
                        : ". ")
                + "p tells how " + (hasNetwork() ? "both together differ" : "the memory differs")
                + " from the answer in the row: they correct what is wrong in it, and break what is right. "
                + (hasNetwork()
                        ? "The calibrated network has a temperature and, where classes do not come equally often, their shares,"
                                + " fitted to the tuning pictures. "
                        : "")
                + "The linear probe is a logistic regression of the same keys, the usual alternative to a memory.");
    }

    /** Returns the answers that were tested, the network's first, with their errors. */
    private List<Rival> answers() {
        Accuracy accuracy = result.accuracy();
        return Stream.of(
                        accuracy.rivals().stream()
                                .filter(each -> !each.name().equals(Rival.TWO_VIEWS)
                                        || result.keys().views() > 1),
                        Stream.of(accuracy.memory(), accuracy.probe()),
                        Stream.of(accuracy.together()).filter(each -> hasNetwork()))
                .flatMap(each -> each)
                .toList();
    }

    private BarChart chart() {
        BarChart chart = new BarChart();
        answers()
                .forEach(each -> chart.bar(
                        each.name(), 100 * each.errors().error(), percent(each.errors()), interval(each.errors())));
        return chart;
    }

    private Table errors() {
        String by = hasNetwork() ? "both " : "memory ";
        String s = hasNetwork() ? "" : "s";
        Table table = new Table("lrlrrrrr")
                .row("", "error", "95 % interval", "wrong", "-log p", by + "correct" + s, by + "break" + s, "p");
        for (Rival each : answers()) {
            boolean compared = !each.equals(result.accuracy().together());
            table.row(
                    each.name(),
                    percent(each.errors()),
                    interval(each.errors()),
                    Format.count(each.errors().wrong()),
                    each.logLoss() == null ? "" : Format.fixed(each.logLoss(), 3),
                    compared ? Format.count(each.gain().corrected()) : "",
                    compared ? Format.count(each.gain().broken()) : "",
                    compared ? Format.probability(each.gain().p()) : "");
        }
        return table;
    }

    private static String interval(Errors errors) {
        return Format.percentages(errors.interval().low(), errors.interval().high());
    }

    private static String percent(Errors errors) {
        return Format.percent(errors.error());
    }

    private void data(Report report) {
        TrialResult.Data data = result.data();
        Table table = new Table("llrr").row("", "data", "examples", "of the smallest class");
        add(table, "memory", data.memory());
        add(table, "tuning", data.tuning());
        add(table, "test", data.test());
        report.table(table).line("").line(data.division() + " " + data.advice());
        if (result.input() != null) {
            report.line(
                    "Pictures of one class that show the same scene are found if they differ by a shift, a mirror, a crop of three"
                            + " quarters of the side, a small turn, light, noise or encoding. Turns of 15 degrees and more, crops of 60 %,"
                            + " cut-outs and stretched pictures are not found: --group names such groups.");
        }
        if (data.copies() > 0) {
            report.line("Left out: " + Format.count(data.copies(), "example")
                    + " with the content of others"
                    + (data.memory().specification().endsWith("]")
                            ? ", so that a part may have fewer than its range says."
                            : "."));
        }
    }

    private static void add(Table table, String name, Part part) {
        table.row(name, part.specification(), Format.count(part.size()), Format.count(part.fewest()));
    }

    private void input(Report report) {
        Input input = result.input();
        if (input == null) {
            return;
        }
        report.line("")
                .line(
                        "Preprocessing. The network reads %s, and the pictures have %s. %s Errors on %s: %s.",
                        input.shape().replaceAll("\\b0\\b", "any"),
                        input.pictures(),
                        input.reason(),
                        Format.count(input.sample(), "picture"),
                        input.measure());
        Table table = new Table("lrl").row("preprocessing", "error", "--preprocess");
        input.tried().forEach(tried -> table.row(tried.name(), Format.percent(tried.error()), tried.typed()));
        report.inText(table).onPage(page -> page.folded("Errors of each preprocessing", table::addTo));
    }

    private void layers(Report report) {
        Layers layers = result.layers();
        if (layers == null) {
            return;
        }
        report.line("").line("Layers, whose values are the key. " + layers.reason());
        if (!layers.tried().isEmpty()) {
            Table table = new Columns<TriedLayer>()
                    .left("one layer, " + Format.count(layers.keys(), "key"), TriedLayer::layer)
                    .right("values", tried -> Format.count(tried.values()))
                    .right("together", tried -> Format.percent(tried.togetherError()))
                    .right("memory", tried -> Format.percent(tried.memoryError()))
                    .table(layers.tried());
            report.inText(table).onPage(page -> page.folded("Errors of each layer alone", table::addTo));
        }
    }

    private String keys() {
        TrialResult.Keys keys = result.keys();
        return "Keys. " + keys.reason() + " The answer: "
                + RuleText.of(Calibration.of(keys.rule(), keys.views())).text() + ".";
    }

    private void costs(Report report) {
        Table table = new Columns<Cost>()
                .left("keys", Cost::keys)
                .right("bytes", cost -> Format.bytes(cost.bytes()))
                .right("projection", cost -> cost.projectionBytes() == 0 ? "" : Format.bytes(cost.projectionBytes()))
                .right("to build", cost -> Format.seconds(cost.buildSeconds()))
                .right("a query", cost -> Format.fixed(cost.queryMillis(), 3) + " ms")
                .right("tuning error", cost -> Format.percent(cost.tuningError()))
                .left("", cost -> cost.chosen() ? "taken" : "")
                .table(result.costs());
        report.heading("What it costs")
                .onPage(page -> page.paragraph(
                        "Keys can be stored in shorter forms: with fewer values (pca), or with fewer bytes for each value (bf16, "
                                + "i8). The errors are those on the pictures that the form was chosen on."))
                .table(table)
                .note(
                        "Projection: the matrix that shortens keys, as large with few keys as with many. To build: with the network's time for all pictures of the memory. A query: one among many, without the "
                                + "network.");
    }

    private void curve(Report report) {
        Table table = new Columns<CurvePoint>()
                .right("keys", point -> Format.count(point.keys()))
                .right(hasNetwork() ? "together" : "", point -> hasNetwork() ? percent(point.together()) : "")
                .right("memory", point -> percent(point.memory()))
                .table(result.curve());
        report.heading("How many labelled pictures does it take?")
                .line("Errors on the test pictures"
                        + (result.divisions().size() == 1 ? "" : " of the first division")
                        + " when the memory has only some of its pictures, tuned for each number.")
                .onPage(this::curve)
                .inText(table)
                .onPage(page -> page.folded("Errors for each number of keys", table::addTo));
    }

    private boolean hasNetwork() {
        return !result.accuracy().rivals().isEmpty();
    }

    private void suspects(Report report) {
        List<LabelSuspects.Suspect> worst = result.suspects().worst();
        if (worst.isEmpty()) {
            return;
        }
        report.heading("Which labels of the memory are in doubt?")
                .line(
                        "To %s of %s of the memory, the others give another label. Some of these labels may be wrong; look at the worst"
                                + " first.",
                        Format.count(result.suspects().count()),
                        Format.count(result.keys().count(), "picture"))
                .onPage(page -> page.folded(
                        "The worst " + Format.count(worst.size()), folded -> folded.gallery(result.suspectPictures())));
        Table table = new Table("lllr").row("picture", "label", "the others say", "with");
        worst.stream()
                .limit(SHOWN)
                .forEach(each ->
                        table.row(each.name(), each.label(), each.others(), Format.percent(each.probability())));
        report.inText(table);
    }

    private void terms(Page page) {
        TrialResult.Keys keys = result.keys();
        page.terms(
                keys.count(),
                keys.rule(),
                hasNetwork(),
                "Test pictures",
                "Pictures that are not in the memory, and on which it was not tuned.",
                "95 % interval, p",
                "Other pictures of the same kind would give other figures; the interval tells by how much. p, of an exact test, "
                        + "is how often chance alone would give such a difference; below 0.05 chance is an unlikely explanation.",
                "Group",
                "Pictures that show the same scene, such as frames of one video or a picture and its mirror image. They are in one"
                        + " part, because a memory that holds one of them knows the others; p and the intervals count groups.");
    }

    private void pictures(Page page) {
        page.heading("Examples");
        if (hasNetwork()) {
            Gain gain = result.accuracy().rival(Rival.TWO_VIEWS).gain();
            decisions(page, "Corrected: wrong without the memory, right with it", result.corrected(), gain.corrected());
            decisions(page, "Broken: right without the memory, wrong with it", result.broken(), gain.broken());
        } else {
            long wrong = result.accuracy().memory().errors().wrong();
            decisions(page, "Right", result.corrected(), result.accuracy().examples() - wrong);
            decisions(page, "Wrong", result.broken(), wrong);
        }
    }

    private static void decisions(Page page, String heading, List<Decision> shown, long all) {
        String such = Format.count(all, "such test picture");
        String words = all == 0
                ? "There is no such test picture."
                : shown.isEmpty()
                        ? "The first division has none of the " + such + "."
                        : (shown.size() == all ? "All such test pictures" : Format.count(shown.size()) + " of " + such)
                                + ", beside the most similar remembered ones. The share is the part of a remembered picture in what those of its class say.";
        page.folded(heading, folded -> {
            folded.paragraph(words);
            shown.forEach(folded::decision);
        });
    }

    private void curve(Page page) {
        List<CurvePoint> curve = result.curve();
        LineChart chart = new LineChart("labelled pictures in the memory", "errors, %");
        if (hasNetwork()) { // as the points, which are the first division's, and in the colours of the pictures above
            Rival network = result.divisions().get(0).rival(Rival.PLAIN);
            double error = 100 * network.errors().error();
            List<CurvePoint> ends = List.of(curve.get(0), curve.get(curve.size() - 1));
            chart.line("network", ends, CurvePoint::keys, point -> error);
        }
        chart.line(
                "memory", curve, CurvePoint::keys, point -> 100 * point.memory().error());
        if (hasNetwork()) {
            chart.line(
                    "together",
                    curve,
                    CurvePoint::keys,
                    point -> 100 * point.together().error());
        }
        page.chart(chart);
    }
}
