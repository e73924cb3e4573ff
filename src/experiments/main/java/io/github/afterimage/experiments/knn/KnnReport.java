package io.github.afterimage.experiments.knn;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.rate;
import static io.github.afterimage.experiments.report.Text.seconds;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.PassTime;
import java.util.List;

/**
 * Reports the accuracy of nearest neighbours.
 *
 * @param adding time of reading the training examples and adding them as keys
 * @param time time of the pass over the test examples
 */
record KnnReport(
        TrainAndTestOptions data,
        CacheIndex index,
        List<NearestAccuracy> found,
        PassTime adding,
        PassTime time,
        KnnMemory memory) {

    void write(Report report, long queries) {
        report.line(
                        "%s of %s among %s",
                        count("examples", queries, "example"), value("test", data.test()), value("train", data.train()))
                .line(
                        "%s; engine %s",
                        IndexText.keys(index), value("engine", index.engine().name()));
        Table table = new Table("rrrlrl").row("k", "temperature", "top-1", "95 % interval", "top-5", "95 % interval");
        for (NearestAccuracy one : found) {
            table.row(
                    count("k", one.k()),
                    number("temperature", one.temperature()),
                    percent("top1", one.top1()),
                    Text.interval("top1Interval", one.top1Interval()),
                    percent("top5", one.top5()),
                    Text.interval("top5Interval", one.top5Interval()));
        }
        report.list("results", table);
        String read = data.areFeatures() ? "read" : "network";
        Table stages = new Table("lrl")
                .row("train: " + read, seconds("trainReadSeconds", adding.networkSeconds()))
                .row(
                        "train: add keys",
                        seconds("addSeconds", adding.cacheSeconds()),
                        Format.rate(index.size(), adding.cacheSeconds(), "keys"))
                .row("test: " + read, seconds("testReadSeconds", time.networkSeconds()))
                .row(
                        "test: neighbours",
                        seconds("querySeconds", time.cacheSeconds()),
                        rate("queriesPerSecond", queries, time.cacheSeconds(), "queries"))
                .field("keyBytes", memory.keyBytes())
                .field("batchBytes", memory.batchBytes());
        ProcessMemory.Peak.now().addTo(stages);
        report.table(stages);
    }
}
