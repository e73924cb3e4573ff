package io.github.afterimage;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of a virtual machine like this one, with its compilers, its collector and with the classes of the project and its tests. */
public final class JavaCommand {
    private JavaCommand() {}

    public static List<String> of(List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.matches("-XX:(TieredStopAtLevel=.*|\\+UseSerialGC)"))
                .forEach(command::add);
        command.addAll(options);
        command.addAll(
                List.of("-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return command;
    }
}
