package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.attacks.ModelAnswers.TransferComparison;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.data.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reports the results of attacks. */
final class AttackReport {
    private static final int SHOWN = 10;

    private static final String WRONG_BEFORE =
            "an attack changes what a model says, not what is true: the model that was attacked can "
                    + "be right only about changed images that it had wrong before";

    private final ModelAnswers clean;
    private final ModelAnswers cleanTransfer;
    private final List<AttackResult> rows = new ArrayList<>();

    /** @param another shown the changed images too, or null */
    AttackReport(AttackedModels models, @Nullable TransferModel another) {
        clean = models.cleanAnswers();
        cleanTransfer = another == null ? ModelAnswers.NONE : models.cleanTransfer(another);
    }

    void add(AttackResult row) {
        rows.add(row);
    }

    /** The accuracies before the attacks, then a row for each attack. */
    private Table table() {
        List<Object> header = new ArrayList<>(List.of(
                "attacked", "attack", "changed", "wrong before", "mean size", "median", "network", "mixed", "cache"));
        if (cleanTransfer != ModelAnswers.NONE) {
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
                    Text.of("%s of %s", Text.value("changed", row.changed()), Text.value("images", row.attacked())),
                    Text.value("wrongBefore", row.wrongBefore()),
                    shown("meanSize", row.meanSize(), 4),
                    shown("medianSize", row.medianSize(), 4)));
            cells.addAll(accuracies("accuracy.", row.own(), row.transfer()));
            cells.add(Text.seconds("seconds", row.seconds()));
            table.row(cells.toArray());
        }
        return table;
    }

    /** The accuracies that have a column: those of the attacked network, mixture and cache, and of another network if given. */
    private List<Text> accuracies(String prefix, ModelAnswers own, ModelAnswers transfer) {
        List<Text> columns = new ArrayList<>();
        for (Victim victim : Victim.values()) {
            columns.add(accuracy(prefix + victim.word(), own.accuracy(victim)));
        }
        Text other = Text.of(
                "%s%s%s",
                accuracy(prefix + "other", transfer.accuracy(Victim.NETWORK)),
                Text.hidden(prefix + "otherMixed", transfer.accuracy(Victim.MIXED)),
                Text.hidden(prefix + "otherCache", transfer.accuracy(Victim.CACHE)));
        columns.add(cleanTransfer == ModelAnswers.NONE ? Text.of("%s%s", columns.remove(2), other) : other);
        return columns;
    }

    void report(Report report) {
        report.titled(
                        "How much an image must change",
                        "Attacks look for the smallest change of an image that makes a classifier say another class. The "
                                + "accuracies are those of all models on the images that were changed, by their true class.")
                .list("attacks", table());
        accuracies("clean.", clean, cleanTransfer)
                .forEach(accuracy -> accuracy.figures().forEach(report::field));
        report.line("")
                .line("mean size |change| / |image| over the changed ones; the median counts the others as infinite");
        report.line("accuracies by the true class, of the changed images only");
        report.line(WRONG_BEFORE);
        if (rows.stream().filter(row -> row.attack().equals("single pixel")).count() > 1) {
            report.line("single pixels are tried on all models in one pass, whose time stands in each row");
        }
        transfer(report);
        for (AttackResult row : rows) {
            if (row.changed() > 0) {
                report.onPage(page -> page.heading(
                                row.attack() + " on the " + row.victim().word())
                        .pictures(grid(row)));
            }
        }
    }

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
        Image first = row.originals().get(0);
        return new PictureGrid()
                .row("before", first(row.originals()), first.width(), first.height())
                .row("after", first(row.adversarials()), first.width(), first.height());
    }

    private static List<float[]> first(List<Image> images) {
        return images.stream().limit(SHOWN).map(Image::values).toList();
    }

    /** JSON has null for NaN. */
    private static Text shown(String name, double value, int decimals) {
        return Text.figure(
                name,
                value,
                Double.isNaN(value) ? "" : Double.isInfinite(value) ? "\u221e" : Format.fixed(value, decimals));
    }

    private static Text accuracy(String name, double value) {
        return Text.figure(name, value, Double.isNaN(value) ? "" : Format.percent(value));
    }
}
