/* The phases that a sheet shows. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "html.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"

size_t sheet_phases(const struct sheet *sheet, const struct phase **phases, size_t room)
{
	const struct model *model = sheet->model;
	size_t count = 0;

	for (size_t i = 0; i < model->phase_count && count < room; i++)
		if (model->phases[i].moment != MOMENT_NONE ||
			(model->phases[i].mark > 0 && !model->phases[i].end))
			phases[count++] = &model->phases[i];
	return count;
}
