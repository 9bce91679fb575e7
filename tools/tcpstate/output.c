/* A report's output: standard output, or a file that appears complete or not at all; a PDF is the
 * print of a page. */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats.h"

int output_open(struct output *output, const char *name, struct error *error)
{
	struct stat status;
	int fd;

	*output = (struct output){.stream = stdout, .name = "standard output"};
	if (name == NULL)
		return 0;
	output->name = name;
	output->stream = NULL;
	/* a device or a pipe cannot be replaced: write into it */
	if (stat(name, &status) == 0 && !S_ISREG(status.st_mode)) {
		output->stream = fopen(name, "we");
		return output->stream != NULL ? 0
					      : error_set(error, "%s: %s", name, strerror(errno));
	}
	output->temporary = malloc(strlen(name) + 8);
	if (output->temporary == NULL)
		return error_set(error, "out of memory");
	sprintf(output->temporary, "%s.XXXXXX", name);
	fd = mkstemp(output->temporary);
	if (fd < 0) {
		error_set(error, "%s: %s", name, strerror(errno));
		free(output->temporary);
		output->temporary = NULL;
		return -1;
	}
	mode_t mask = umask(0);
	umask(mask);
	fchmod(fd, 0666 & ~mask);
	output->stream = fdopen(fd, "w");
	return output->stream != NULL ? 0 : error_set(error, "%s: %s", name, strerror(errno));
}

/* The page that was written becomes its print. Chromium tells what a file is by its name. */
static int output_print(struct output *output, struct error *error)
{
	char *page;

	if (asprintf(&page, "%s.html", output->temporary) < 0)
		return error_set(error, "out of memory");
	int status = rename(output->temporary, page) == 0
			     ? pdf_print(page, output->temporary, error)
			     : error_set(error, "%s: %s", page, strerror(errno));
	unlink(page);
	free(page);
	return status;
}

int output_close(struct output *output, bool failed, bool print, struct error *error)
{
	int status = 0;

	if (output->stream != NULL && output->stream != stdout && fclose(output->stream) != 0 &&
		!failed)
		status = error_set(error, "%s: %s", output->name, strerror(errno));
	if (output->temporary != NULL && print && !failed && status == 0)
		status = output_print(output, error);
	if (output->temporary != NULL) {
		if (!failed && status == 0 && rename(output->temporary, output->name) != 0)
			status = error_set(error, "%s: %s", output->name, strerror(errno));
		if (failed || status != 0)
			unlink(output->temporary);
		free(output->temporary);
	}
	return status;
}
