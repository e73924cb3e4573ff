import io.github.afterimage.cli.Afterimage;
import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/** Writes the sources of the manual, one file for each command, into the folder that is the argument. */
public class Manual {
    public static void main(String[] args) throws IOException {
        CommandSpec program = new CommandLine(Afterimage.class).getCommandSpec();
        prepare(program);
        ManPageGenerator.generateManPage(new File(args[0]), null, new boolean[0], false, program);
    }

    /** The generator takes texts for formats, in which a percent sign is doubled. The program's help does not. */
    private static void prepare(CommandSpec command) {
        UsageMessageSpec message = command.usageMessage();
        message.header(doubled(message.header()));
        message.description(doubled(message.description()));
        message.footer(doubled(message.footer()));
        command.subcommands().values().forEach(each -> prepare(each.getCommandSpec()));
    }

    private static String[] doubled(String[] texts) {
        return Arrays.stream(texts).map(text -> text.replace("%", "%%")).toArray(String[]::new);
    }
}
