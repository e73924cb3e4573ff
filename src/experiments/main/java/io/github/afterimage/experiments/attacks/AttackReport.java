package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.attacks.TransferAnswers.TransferComparison;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.data.Image;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Reports the results of attacks. */
final class AttackReport {
    private static final int SHOWN = 10;

    private static final String WRONG_BEFORE =
            "an attack changes what a model says, not what is true: the model that was attacked can "
                    + "be right only about changed images that it had wrong before";

    private final Robustness robustness;
    private final Map<Victim, Double> clean = new EnumMap<>(Victim.class);
    private final TransferAnswers cleanTransfer;
    private final List<AttackResult> rows = new ArrayList<>();

    /** @param another shown the changed images too, or null */
    AttackReport(Robustness robustness, @Nullable TransferModel another) {
        this.robustness = robustness;
        for (Victim victim : Victim.values()) {
            clean.put(victim, robustness.cleanAccuracy(victim));
        }
        cleanTransfer = another == null ? TransferAnswers.NONE : robustness.cleanTransfer(another);
    }

    void add(AttackResult row) {
        rows.add(row);
    }

    /** The accuracies before the attacks, then a row for each attack. */
    private Table table() {
        List<Object> header = new ArrayList<>(List.of(
                "attacked", "attack", "changed", "wrong before", "mean size", "median", "network", "mixed", "cache"));
        if (!cleanTransfer.isEmpty()) {
            header.add("other");
        }
        Table table = new Table("ll" + "r".repeat(header.size() - 1));
        header.add("time");
        table.row(header.toArray());
        List<Object> before = new ArrayList<>(List.of("none", "", "", "", "", ""));
        accuracies("", clean, cleanTransfer).forEach(accuracy -> before.add(accuracy.text()));
        table.row(before.toArray());
        for (AttackResult row : rows) {
            List<Object> cells = new ArrayList<>(List.of(
                    Text.value("attacked", row.victim().word()),
                    Text.value("attack", row.attack()),
                    Text.of(
                            "%s of %s",
                            Text.value("changed", row.changed().count()), Text.value("images", row.attacked())),
                    Text.value("wrongBefore", row.changed().wrongBefore()),
                    size("meanSize", row.sizes().mean()),
                    size("medianSize", row.sizes().median())));
            TransferAnswers transfer = row.changed().transfer();
            cells.addAll(accuracies("accuracy.", row.changed().accuracy(), transfer));
            cells.add(Text.seconds("seconds", row.seconds()));
            table.row(cells.toArray());
            others("accuracy.", transfer).forEach(other -> other.figures().forEach(table::field));
        }
        return table;
    }

    /** The accuracies that have a column: those of the attacked network, mixture and cache, and of another network. */
    private List<Text> accuracies(String prefix, Map<Victim, Double> accuracy, TransferAnswers transfer) {
        List<Text> columns = new ArrayList<>();
        for (Victim victim : Victim.values()) {
            columns.add(accuracy(prefix + victim.word(), accuracy.getOrDefault(victim, Double.NaN)));
        }
        if (!cleanTransfer.isEmpty()) {
            columns.add(others(prefix, transfer).get(0));
        }
        return columns;
    }

    /** The accuracies of another network and of its cache. */
    private static List<Text> others(String prefix, TransferAnswers transfer) {
        return List.of(
                accuracy(prefix + "other", transfer.accuracy(Victim.NETWORK)),
                accuracy(prefix + "otherMixed", transfer.accuracy(Victim.MIXED)),
                accuracy(prefix + "otherCache", transfer.accuracy(Victim.CACHE)));
    }

    /** The share of images whose gradient is zero, for each attacked model. */
    private List<String> vanishing() {
        return rows.stream()
                .map(AttackResult::victim)
                .distinct()
                .map(victim -> victim.word() + ": the loss has no gradient at all at "
                        + accuracy("vanishing", robustness.vanishing(victim)) + " of the images")
                .toList();
    }

    void report(Report report) {
        report.titled(
                        "How much an image must change",
                        "Attacks look for the smallest change of an image that makes a classifier say another class. The "
                                + "accuracies are those of all models on the images that were changed, by their true class.")
                .list("attacks", table());
        accuracies("clean.", clean, cleanTransfer)
                .forEach(accuracy -> accuracy.figures().forEach(report::field));
        others("clean.", cleanTransfer).forEach(accuracy -> accuracy.figures().forEach(report::field));
        report.line("")
                .line("mean size |change| / |image| over the changed ones; the median counts the others as infinite");
        report.line("accuracies by the true class, of the changed images only");
        report.line(WRONG_BEFORE);
        if (rows.stream().filter(row -> row.attack().equals("single pixel")).count() > 1) {
            report.line("single pixels are tried on all models in one pass, whose time stands in each row");
        }
        vanishing().forEach(report::line);
        PaperClaims.ofAttacks(rows).report(report);
        masking(report);
        transfer(report);
        for (AttackResult row : rows) {
            if (row.changed().count() > 0) {
                report.onPage(page -> page.heading(
                                row.attack() + " on the " + row.victim().word())
                        .pictures(grid(row)));
            }
        }
    }

    private void masking(Report report) {
        Table masking = new Columns<GradientMasking>()
                .text("median size of change, network = 1", "model", row -> row.model()
                        .word())
                .right(FastGradientSign.NAME, row -> ratio("FGSM", row.fgsm()))
                .right(IterativeGradientSign.NAME, row -> ratio("I-FGSM", row.iterative()))
                .right(ProjectedGradient.NAME, row -> ratio("PGD", row.pgd()))
                .right(ProjectedGradient.MEAN_NAME, row -> ratio("PGD, mean gradient", row.meanGradient()))
                .text("", "verdict", row -> row.verdict())
                .table(GradientMasking.of(rows));
        report.section(
                "Robust, or gradients that vanish?",
                "masking",
                masking,
                "Median sizes as multiples of the network's under the same attack. Robustness that disappears under many "
                        + "steps from several points is called apparent: there the gradient vanishes or misleads. It is "
                        + "called partly apparent where much less of it is left under such attacks than under a weaker "
                        + "one.");
    }

    private static Text ratio(String name, OptionalDouble ratio) {
        double value = ratio.orElse(Double.NaN); // JSON has null for NaN
        return Text.figure(
                name, value, Double.isNaN(value) ? "" : Double.isInfinite(value) ? "\u221e" : Format.fixed(value, 2));
    }

    /** The effect of another network's cache. */
    private void transfer(Report report) {
        Table table = new Columns<TransferComparison>()
                .text("another model", "model", row -> row.model().description())
                .text("attacked", "attacked", row -> row.attacked())
                .text("attack", "attack", row -> row.attack())
                .percent("its network", "network", row -> row.networkAccuracy())
                .percent("with cache", "memory", row -> row.cacheAccuracy())
                .right(
                        "p",
                        row -> Text.figure(
                                "p",
                                row.gain().p(),
                                String.format(Locale.ROOT, "%.2g", row.gain().p())))
                .text("", "verdict", row -> row.verdict())
                .table(TransferComparison.of(cleanTransfer, rows));
        report.section(
                "Shown to another network",
                "transfer",
                table,
                "Accuracy of another network, and of its cache, on images that were changed against the "
                        + "first; p is McNemar's exact test.");
    }

    private static PictureGrid grid(AttackResult row) {
        List<Image> originals = row.changed()
                .originals()
                .subList(0, Math.min(SHOWN, row.changed().count()));
        List<Image> changed = row.changed().adversarials().subList(0, originals.size());
        int width = originals.get(0).width();
        int height = originals.get(0).height();
        return new PictureGrid()
                .row("before", originals.stream().map(Image::values).toList(), width, height)
                .row("after", changed.stream().map(Image::values).toList(), width, height);
    }

    private static Text size(String name, double value) {
        return Text.figure(
                name, value, Double.isNaN(value) ? "" : Double.isInfinite(value) ? "\u221e" : Format.fixed(value, 4));
    }

    private static Text accuracy(String name, double value) {
        return Text.figure(name, value, Double.isNaN(value) ? "" : Format.percent(value));
    }
}
